// Keeps the page up to date where scripts run: the server says that something changed, the page is asked for anew, and
// only what differs is changed in the document, so that focus, scroll position and selected text stay.
(function () {
  'use strict';

  const status = document.getElementById('live');
  if (status === null || typeof EventSource === 'undefined') return;

  const leastMs = 1000;
  // Ages are counted by the server.
  const mostMs = 60_000;
  const reconnectMs = 5000;

  let source;
  let updatedAt = new Date();
  let isConnected = false;
  let isAsking = false;
  let isStale = false;
  let askedAt = performance.now();
  let timer;

  function say(state, words) {
    if (status.dataset.state === state && status.textContent === words) return;
    status.dataset.state = state;
    status.textContent = words;
  }

  function tell() {
    if (isConnected) say('live', 'live');
    else say('cut', 'not connected, last update ' + updatedAt.toLocaleTimeString());
  }

  function connect() {
    source = new EventSource(status.dataset.stream);
    source.addEventListener('open', function () {
      isConnected = true;
      tell();
      // Whatever happened meanwhile was not told.
      ask();
    });
    source.addEventListener('changed', ask);
    source.addEventListener('error', function () {
      isConnected = false;
      tell();
      // The browser connects again by itself, but not after an answer that is none.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(connect, reconnectMs);
    });
  }

  // At most once a second, and not while nobody looks.
  function ask() {
    if (isAsking || document.hidden) {
      isStale = true;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(update, Math.max(0, askedAt + leastMs - performance.now()));
  }

  async function update() {
    isAsking = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, {
        headers: { accept: 'text/html' },
        cache: 'no-store',
      });
      if (answer.ok) {
        show(await answer.text());
        updatedAt = new Date();
        tell();
      } else if (answer.status === 404) {
        say('gone', 'this is no longer there');
      } else {
        say('cut', 'not updated: HTTP status ' + answer.status);
      }
    } catch {
      isConnected = false;
      tell();
    }
    isAsking = false;
    askedAt = performance.now();
    clearTimeout(timer);
    if (isStale) ask();
    else timer = setTimeout(ask, mostMs);
  }

  function show(text) {
    const next = new DOMParser().parseFromString(text, 'text/html');
    const focused = document.activeElement;
    for (const part of document.querySelectorAll('[data-live]')) {
      const now = next.getElementById(part.id);
      if (now !== null) morph(part, now);
    }
    // Being moved within the document takes the focus away.
    if (focused !== document.activeElement && focused.isConnected) {
      focused.focus({ preventScroll: true });
    }
  }

  // Makes `old` like `next`, keeping every node that is the same thing: rows by their key, all else by their place.
  function morph(old, next) {
    morphAttributes(old, next);
    const kept = keptChildren(old, next);
    let place = old.firstChild;
    for (const child of Array.from(next.childNodes)) {
      const same = sameOf(place, child, kept);
      if (same === undefined) {
        const made = document.importNode(child, true);
        old.insertBefore(made, place);
        if (made.nodeName === 'TR') flash(made);
        continue;
      }
      if (same === place) place = place.nextSibling;
      else old.insertBefore(same, place);
      morphNode(same, child);
    }
    while (place !== null) {
      const after = place.nextSibling;
      place.remove();
      place = after;
    }
  }

  // By key, as several may have the same. Rows that are gone go first: what is left need not be moved then.
  function keptChildren(old, next) {
    const keys = new Set(Array.from(next.children, keyOf));
    const kept = new Map();
    for (const child of Array.from(old.children)) {
      const key = keyOf(child);
      if (key === undefined) continue;
      if (keys.has(key)) kept.set(key, [...(kept.get(key) ?? []), child]);
      else child.remove();
    }
    return kept;
  }

  function sameOf(place, child, kept) {
    const key = keyOf(child);
    if (key !== undefined) return kept.get(key)?.shift();
    const isSame =
      place !== null && place.nodeName === child.nodeName && keyOf(place) === undefined;
    return isSame ? place : undefined;
  }

  function keyOf(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined;
  }

  function morphNode(old, next) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    const before = old.nodeName === 'TD' ? meaningOf(old) : undefined;
    morph(old, next);
    if (before !== undefined && before !== meaningOf(old)) flash(old);
  }

  function morphAttributes(old, next) {
    for (const { name } of Array.from(old.attributes)) {
      if (!next.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of next.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  // That time goes by is no news.
  function meaningOf(cell) {
    return cell.querySelector('time') === null ? cell.textContent : '';
  }

  function flash(element) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const color = window.getComputedStyle(element).getPropertyValue('--fresh');
    element.animate([{ backgroundColor: color }, {}], { duration: 1500, easing: 'ease-out' });
  }

  document.addEventListener('visibilitychange', function () {
    if (!document.hidden && isStale) ask();
  });
  connect();
})();

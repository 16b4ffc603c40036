/** Remote scripts are imported as text (esbuild's text loader, a jest transform in tests). */
declare module '*.sh' {
  const script: string;
  export default script;
}

/** What the console's pages load: text as well. */
declare module '*.css' {
  const style: string;
  export default style;
}

declare module '*.browser.js' {
  const script: string;
  export default script;
}

import { messageOf } from '../errors.ts';

/** @throws what is wrong, where the API server's answer is no JSON */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`the answer is not JSON (${messageOf(cause)})`, { cause });
  }
}

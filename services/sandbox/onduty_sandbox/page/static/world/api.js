/** Asking the sandbox, and telling the person when it refuses. */

import { byId } from "../drawing/dom.js";

/** The sandbox said no, in one sentence. */
export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/**
 * @param {string} verb GET, POST, PUT, PATCH or DELETE
 * @param {string} path "control/…" or "backend/…"
 * @param {object} [body]
 * @returns {Promise<any>} the answer
 * @throws {Error} with the sandbox's sentence
 */
export async function ask(verb, path, body) {
  const response = await fetch(`/${path}`, {
    method: verb,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new Error("The sandbox does not answer.");
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error ?? `The sandbox answers ${response.status}.`, response.status);
  return answer;
}

let hiding = 0;

/** Show one sentence for a few seconds. */
export function sorry(error) {
  const place = byId("sorry");
  place.textContent = error.message;
  clearTimeout(hiding);
  hiding = setTimeout(() => place.replaceChildren(), 6000);
}

/** Ask, and show the refusal; resolves to undefined then. */
export function tryTo(verb, path, body) {
  return ask(verb, path, body).catch(sorry);
}

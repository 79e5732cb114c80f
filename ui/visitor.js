// The visitor's secret: made here once, kept by this browser, told to the server and to nobody else.
// Never in the address, never in the page: only in the browser's storage and in the message to the server.

const KEY = "dcgan-studio-visitor";
const SECRET = /^[0-9a-f]{64}$/;

const AGAIN = 2000; // milliseconds after which an answer that the server did not hear is given again
const TIMES = 5;

export default function ({ data, parentElement, setTriggerValue }) {
  clearInterval(parentElement.answering);
  if (data !== "unknown") return;
  let left = TIMES;
  const tell = (secret) => setTriggerValue("secret", secret);
  const answer = () => {
    if (--left < 0) return clearInterval(parentElement.answering);
    // Two tabs that open at once must not make two secrets; only secure pages have these locks.
    if (navigator.locks) navigator.locks.request(KEY, keep).then(tell);
    else tell(keep());
  };
  answer();
  parentElement.answering = setInterval(answer, AGAIN);
}

function keep() {
  try {
    if (!SECRET.test(localStorage.getItem(KEY) ?? "")) localStorage.setItem(KEY, make());
    return localStorage.getItem(KEY);
  } catch {
    // Nothing can be kept, as in some private windows: then the secret lives as long as this tab.
    return (globalThis[Symbol.for(KEY)] ??= make());
  }
}

function make() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

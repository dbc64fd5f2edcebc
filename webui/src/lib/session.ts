/** The session of this browser: its token against cross-site requests, and what happens when it has ended. */

type Listener = () => void;

let csrf = "";
let waiting: { resolve: (signedIn: boolean) => void; promise: Promise<boolean> } | null = null;
const listeners = new Set<Listener>();

const tell = () => listeners.forEach((listener) => listener());

export const session = {
  /** Goes into X-CSRF-Token of every request that changes something. */
  get csrf(): string {
    return csrf;
  },

  setCsrf(token: string): void {
    csrf = token;
  },

  /** Whether the session has ended under an open page, so that somebody must sign in again over it. */
  get isExpired(): boolean {
    return waiting !== null;
  },

  /** Called for an answer 401 under an open page. Resolves when somebody signed in again (true) or gave up. */
  expired(): Promise<boolean> {
    if (waiting === null) {
      let resolve: (signedIn: boolean) => void = () => undefined;
      const promise = new Promise<boolean>((done) => (resolve = done));
      waiting = { resolve, promise };
      tell();
    }
    return waiting.promise;
  },

  /** Ends the waiting of every request that met the end of the session. */
  settle(signedIn: boolean): void {
    const settled = waiting;
    waiting = null;
    settled?.resolve(signedIn);
    tell();
  },

  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

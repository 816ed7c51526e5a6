/** What a module gets for a query: a promise that knows whether anybody has asked for its outcome. */
export class Answer<T> extends Promise<T> {
  /** Whether it has been awaited, or given a handler. */
  heard = false;

  /** What `then` makes of it is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** A promise of this class, and what settles it. One that fails unheard is for us to tell, not for Node to die of. */
  static open<T>(): { answer: Answer<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
    let [resolve, reject]: [(value: T) => void, (error: unknown) => void] = [() => {}, () => {}];
    const answer = new Answer<T>((...settle) => {
      [resolve, reject] = settle;
    });
    void Promise.prototype.then.call(answer, undefined, () => {});
    return { answer, resolve, reject };
  }

  // oxlint-disable-next-line unicorn/no-thenable -- `await` asks for it, and that is what is to be known
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.heard = true;
    return super.then(onFulfilled, onRejected);
  }
}

/** Says no to the text at an offset: what is wrong there, and what to do about it. */
export type Refuse = (offset: number, message: string, next: string) => never;

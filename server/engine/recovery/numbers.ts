/** More runs of numbers than anybody reads. */
const MOST = 12;

/** Numbers as people list them, runs of them put together: `1 to 3, 5 and 7`; of very many the first ones. */
export function listOf(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  const shown = runs.length > MOST ? runs.slice(0, MOST - 2) : runs;
  const rest = runs.slice(shown.length).reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const words = shown.flatMap(([first, last]) => {
    if (first === last) return [`${first}`];
    return last === first + 1 ? [`${first}`, `${last}`] : [`${first} to ${last}`];
  });
  if (rest > 0) words.push(`${rest.toLocaleString('en')} more`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `statement 2`, `statements 1 and 2`. */
export function statements(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? 'statement' : 'statements'} ${listOf(numbers)}`;
}

/** From the first to the last, both of them among them. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_one, index) => first + index);
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

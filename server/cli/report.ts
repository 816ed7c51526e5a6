import type { Plan, RunEvent, Step } from '../engine/index.ts';
import type { Output } from './output.ts';
import {
  fileOf,
  indented,
  retrying,
  statementEnd,
  statementHead,
  stepLine,
  waiting,
  whatItIs,
} from './run-text.ts';
import { StatusLine } from './status-line.ts';

type Of<Type extends RunEvent['type']> = Extract<RunEvent, { readonly type: Type }>;

/** Tells of a run while it goes on, and what came of it. */
export class Report {
  readonly #output: Output;
  readonly #verbose: boolean;
  readonly #status: StatusLine;
  #plan: Plan | null = null;
  #begun = 0;
  #step: Step | null = null;

  constructor(output: Output, verbose: boolean) {
    this.#output = output;
    this.#verbose = verbose;
    this.#status = new StatusLine(output.terminal);
    output.status = this.#status;
  }

  /** What is being run; null before it has begun. */
  get plan(): Plan | null {
    return this.#plan;
  }

  /** The step that was begun last; null before the first. */
  get step(): Step | null {
    return this.#step;
  }

  /** Whether a run is going on, so that its end has to be written down. */
  get isRunning(): boolean {
    return this.#plan !== null;
  }

  /** What happens now that the run is to stop. */
  stopping(): string {
    if (!this.isRunning) return 'nothing has been begun.';
    return this.#step?.migration?.script.transaction === false
      ? 'the statement that is running has a few seconds to come to its end. Once more ends at once.'
      : 'what is running is cancelled and undone. Once more ends at once.';
  }

  readonly hear = (event: RunEvent): void => {
    if (event.type === 'waiting') this.#output.note(`gander: ${waiting(event.holder)}`);
    if (event.type === 'note') this.#output.note(`gander: ${event.message}`);
    if (event.type === 'notice') this.#output.note(`  notice: ${event.message}`);
    if (event.type === 'retry') this.#output.note(`gander: ${retrying(event)}`);
    if (event.type === 'started') this.#started(event);
    if (event.type === 'step') this.#begin(event.step);
    if (event.type === 'statement') this.#statement(event);
    if (event.type === 'ended') this.#end(event);
  };

  #started({ plan }: Of<'started'>): void {
    this.#plan = plan;
    this.#begun = 0;
  }

  #begin(step: Step): void {
    this.#step = step;
    this.#begun += 1;
    this.#status.begin(this.#head(step));
  }

  /** `[2/5] 20250101000000_create_users.sql` */
  #head(step: Step): string {
    return `[${this.#begun}/${this.#plan?.steps.length ?? 1}] ${fileOf(step)}`;
  }

  /** A statement is told of when it begins, again at each notice, and when it has ended. */
  #statement({ step, record, of }: Of<'statement'>): void {
    const isNew = record.state === 'running' && record.notices.length === 0;
    if (isNew) this.#status.begin(`${this.#head(step)} · ${statementHead(record, of)}`);
    if (!this.#verbose || (record.state === 'running' && !isNew)) return;
    const text = isNew ? indented(this.#textOf(step, record), 2) : indented(statementEnd(record), 4);
    this.#output.note(this.#output.paintNote('dim', text));
  }

  /** As written in the file; what JavaScript asks for is known by its kind only. */
  #textOf({ migration }: Step, record: Of<'statement'>['record']): string {
    const statements = migration?.script[this.#plan?.direction ?? 'up'].statements ?? [];
    const sent = statements.slice(record.position, record.position + record.count);
    return sent.length === 0
      ? `${record.line}: ${whatItIs(record)}`
      : sent.map(({ text }) => `${text};`).join('\n');
  }

  #end({ result }: Of<'ended'>): void {
    this.#status.end();
    this.#output.line(stepLine(result, this.#step, this.#plan?.direction ?? 'up', this.#output.paint));
  }
}

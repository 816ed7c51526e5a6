import type { Act } from './acts/act.ts';
import type { Catalog } from './catalog.ts';
import { blockedBy, locksOf } from './locks.ts';
import { isSame, type Name } from './name.ts';

/** What the transaction has done so far in which a statement runs. */
export class Transaction {
  /** Whether the file has opened one by itself. */
  isOpen = false;
  /** Tables that nobody else can read any more until it ends, and the line that locked them. */
  #locked: { readonly table: Name; readonly line: number }[] = [];
  #unvalidated: { readonly table: Name; readonly name: string | null; readonly line: number }[] = [];
  #labels: { readonly type: Name; readonly label: string; readonly line: number }[] = [];

  get locked(): readonly { readonly table: Name; readonly line: number }[] {
    return this.#locked;
  }

  /** Labels of enums that can be used only after it has ended. */
  get labels(): readonly { readonly type: Name; readonly label: string; readonly line: number }[] {
    return this.#labels;
  }

  /** The line that added a constraint NOT VALID in it; null when none did. */
  addedNotValid(table: Name, name: string): number | null {
    return this.#unvalidated.find((one) => one.name === name && isSame(one.table, table))?.line ?? null;
  }

  end(): void {
    this.isOpen = false;
    this.#locked = [];
    this.#unvalidated = [];
    this.#labels = [];
  }

  /** @param catalog as it was before the act */
  learn(act: Act, catalog: Catalog, line: number): void {
    if (act.does === 'begin') this.isOpen = true;
    if (act.does === 'end') this.end();
    if (act.does === 'add value' && !catalog.isFreshType(act.type))
      this.#labels.push({ type: act.type, label: act.label, line });
    if (act.does === 'add constraint' && !act.constraint.validated)
      this.#unvalidated.push({ table: act.table, name: act.constraint.name, line });
    for (const { table, mode } of locksOf(act, catalog)) {
      if (blockedBy(mode) === 'reads and writes') this.#locked.push({ table, line });
    }
  }
}

/** Whether two expressions are the same, as far as their texts tell. Pure. @param actual as PostgreSQL writes it */
export function compareExpressions(actual: string, wanted: string): 'same' | 'other' | 'cannot tell' {
  const [is, should] = [actual, wanted].map(bare);
  if (is === should) return 'same';
  const [one, other] = [is!, should!].map(constant);
  if (one === null || other === null || one!.of !== other!.of) return 'cannot tell';
  // What is written as a text may be another spelling of the same date, number or document.
  if (one!.of === 'text' && !/^'(?:[^']|'')*'::(?:text|character varying|bpchar)\b(?!\[)/.test(actual))
    return 'cannot tell';
  return one!.value === other!.value ? 'same' : 'other';
}

/** `'a'::text` is `'a'`, and `(1)` is `1`. What is not between quotes is in lower case. */
function bare(expression: string): string {
  return expression
    .split(/('(?:[^']|'')*')/)
    .map((part, at) =>
      at % 2 === 1 ? part : part.replaceAll(/::[a-z_][\w ."]*(?:\([\d, ]*\))?(?:\[\])*/gi, '').toLowerCase(),
    )
    .join('')
    .trim()
    .replace(/^\((.*)\)$/s, '$1')
    .trim();
}

function constant(expression: string): { of: string; value: string | number } | null {
  if (/^[-+]?\s*\d[\d.]*(?:e[-+]?\d+)?$/.test(expression))
    return { of: 'number', value: Number(expression.replaceAll(/\s/g, '')) };
  if (/^'(?:[^']|'')*'$/.test(expression)) return { of: 'text', value: expression };
  return ['true', 'false'].includes(expression) ? { of: 'boolean', value: expression } : null;
}

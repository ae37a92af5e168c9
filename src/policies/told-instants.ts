/**
 * Instants within texts. Whoever makes a text that is kept writes them in UTC, as in `2026-11-23T07:04:04.576Z`: a chart knows no time
 * zone, and a record means the same wherever it is read. Whoever shows it to people says them by the clock that they go by.
 */

const written = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z\b/g;

/** The text with each instant as `show` says it, which is given epoch ms. One that there is not stays as it is. */
export function toldInstants(text: string, show: (at: number) => string): string {
  return text.replaceAll(written, (instant) => {
    const at = Date.parse(instant);
    return Number.isNaN(at) ? instant : show(at);
  });
}

/**
 * Lengths of time, counted by size: what a median, a p95 or a p99 is read from, without keeping the lengths themselves.
 *
 * Each bin is 5 % wider than the one below, so what is read is wrong by at most 2.5 %, whatever the size; only bins that
 * hold something are kept. Two of them are merged by adding up their bins, in any order, which gives the same as if all had
 * been counted in one. It is plain JSON.
 *
 * @see https://arxiv.org/abs/1908.10693 (DDSketch), whose bins these are
 */

export interface Histogram {
  /** How many are in each bin, by its number. */
  bins: { [bin: number]: number };
  sum: number;
  /** The greatest. */
  max: number;
}

const growth = 1.05;
/** Up to two years: what takes longer is as if it took so long. */
const binsMax = 512;
const step = Math.log(growth);

export function emptyHistogram(): Histogram {
  return { bins: {}, sum: 0, max: 0 };
}

/** Where lengths are counted: so many places, and which bin each of them is. */
export interface Scale {
  places: number;
  placeOf(ms: number): number;
  binAt(place: number): number;
}

const everyBin: Scale = {
  places: binsMax,
  placeOf: (ms) => Math.min(binOf(ms), binsMax - 1),
  binAt: (place) => place,
};

/**
 * Good for `upTo` with some ends alone, and for those exactly.
 *
 * @param ends ms, above 1, ascending, each more than a tenth above the one before
 */
export function scaleOf(ends: readonly number[]): Scale {
  // Those up to an end are in the bin below the end's own: `upTo` counts it with this end, and with none before.
  const bins = [...ends.map((end) => binOf(end) - 1), binsMax];
  const placeOf = (ms: number) => {
    const place = ends.findIndex((end) => ms <= end);
    return place === -1 ? ends.length : place;
  };
  return { places: bins.length, placeOf, binAt: (place) => bins[place] ?? binsMax };
}

/** A histogram that has all its room from the beginning: four bytes for each place of its scale, whatever is counted, for as long as it is. */
export class LengthCounter {
  readonly #scale: Scale;
  readonly #counts: Uint32Array;
  #sum = 0;
  #max = 0;

  /** @param scale default: every bin, up to two years, in 2 KB */
  constructor(scale: Scale = everyBin) {
    this.#scale = scale;
    this.#counts = new Uint32Array(scale.places);
  }

  /** Counts one length, ms. What is no length counts as 0: a clock may have been set back. */
  count(ms: number): void {
    const length = ms > 0 && Number.isFinite(ms) ? ms : 0;
    const place = this.#scale.placeOf(length);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sum += length;
    if (length > this.#max) this.#max = length;
  }

  /** @returns null when nothing has been counted */
  read(): Histogram | null {
    const bins: Histogram['bins'] = {};
    for (const [place, many] of this.#counts.entries()) if (many > 0) bins[this.#scale.binAt(place)] = many;
    return Object.keys(bins).length > 0 ? { bins, sum: this.#sum, max: this.#max } : null;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#sum = 0;
    this.#max = 0;
  }
}

/** Adds what the other has counted, in place. */
export function addHistogram(to: Histogram, other: Histogram): void {
  for (const [bin, many] of binsOf(other)) to.bins[bin] = (to.bins[bin] ?? 0) + many;
  to.sum += other.sum;
  if (other.max > to.max) to.max = other.max;
}

export function total(histogram: Histogram): number {
  return binsOf(histogram).reduce((sum, [, many]) => sum + many, 0);
}

/**
 * The length, ms, that a share of all does not exceed.
 *
 * @param share as in 0.95
 * @returns null when nothing has been counted
 */
export function quantile(histogram: Histogram, share: number): number | null {
  const bins = binsOf(histogram);
  const rank = Math.max(Math.ceil(share * total(histogram)), 1);
  let seen = 0;
  for (const [bin, many] of bins) {
    seen += many;
    // The middle of the last bin may lie above everything in it.
    if (seen >= rank) return Math.min(middleOf(bin), histogram.max);
  }
  return null;
}

/** How many do not exceed a length, ms; of the bin in which it lies, none. */
export function upTo(histogram: Histogram, ms: number): number {
  const last = binOf(ms);
  return binsOf(histogram).reduce((sum, [bin, many]) => (bin < last || topOf(bin) <= ms ? sum + many : sum), 0);
}

/** From the shortest to the longest: whole numbers are the keys of an object in their order. */
function binsOf({ bins }: Histogram): [number, number][] {
  return Object.entries(bins).map(([bin, many]) => [Number(bin), many]);
}

/** All of up to a millisecond are in bin 0; above, bin n reaches from 1.05ⁿ⁻¹ to 1.05ⁿ. */
function binOf(ms: number): number {
  return ms <= 1 ? 0 : Math.ceil(Math.log(ms) / step);
}

function topOf(bin: number): number {
  return growth ** bin;
}

/** As far from the one end as from the other, in proportion. */
function middleOf(bin: number): number {
  return bin === 0 ? 0.5 : (2 * growth ** bin) / (growth + 1);
}

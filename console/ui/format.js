/** Times, numbers and names as people read them. Pure. */

/** The server's clock minus this browser's, in ms. */
let offset = 0;

/** @param {string} now the server's time */
export function setClock(now) {
  offset = Date.parse(now) - Date.now();
}

/** The server's time, in ms since the epoch. */
export function serverNow() {
  return Date.now() + offset;
}

/**
 * At most two units, the larger one first.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return both(minutes, 'm', whole % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return both(hours, 'h', minutes % 60, 'm');
  return both(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** @type {(large: number, unit: string, small: number, smallUnit: string) => string} */
function both(large, unit, small, smallUnit) {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/**
 * In its largest unit: what is hours old is not counted in minutes.
 * @param {number} seconds
 */
export function roughly(seconds) {
  const text = duration(seconds);
  const [count, unit] = text.split(' ');
  return seconds < 600 ? text : `${count} ${unit}`;
}

/** @param {string} iso */
export function secondsSince(iso) {
  return (serverNow() - Date.parse(iso)) / 1000;
}

/** @type {Intl.DateTimeFormatOptions} */
const SHORT = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' };
// Each is made once: to make one takes longer than to draw a row.
const MOMENT = new Intl.DateTimeFormat('en-GB', SHORT);
const MOMENT_OF_YEAR = new Intl.DateTimeFormat('en-GB', { ...SHORT, year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/**
 * `27 Nov, 18:04` in the reader's own time zone; with the year where it is another one.
 * @param {string} iso
 */
export function moment(iso) {
  const at = new Date(iso);
  const format = at.getFullYear() === new Date().getFullYear() ? MOMENT : MOMENT_OF_YEAR;
  return format.format(at);
}

/** The reader's time zone and what it is off by now, such as `Europe/Berlin (UTC+1)`. */
export function zone() {
  const format = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'shortOffset' });
  const { timeZone } = format.resolvedOptions();
  const offset = format.formatToParts().find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return timeZone === 'UTC' ? timeZone : `${timeZone} (${offset.replace('GMT', 'UTC')})`;
}

/** @param {string} iso */
export function clock(iso) {
  return CLOCK.format(new Date(iso));
}

/**
 * `$0.11`, `$0.077`, `$12`: as `slipway status` has it.
 * @param {number} amount
 */
export function dollars(amount) {
  if (amount >= 100) return `$${Math.round(amount)}`;
  return `$${amount >= 0.1 || amount === 0 ? amount.toFixed(2) : Number(amount.toPrecision(2))}`;
}

/** @param {number} share from 0 to 1 */
export function percent(share) {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/**
 * `STARTING_MODEL_SERVER` → `Starting model server`.
 * @param {string} name
 */
export function words(name) {
  const text = name.replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {string} text */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @type {(count: number, noun: string) => string} */
export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * The address of a release's page. What a ledger calls a release leads nowhere else.
 * @type {(service: string, release: string) => string}
 */
export function releasePath(service, release) {
  return `/services/${encodeURIComponent(service)}/releases/${encodeURIComponent(release)}`;
}

/** What `slipway land` prints. */
import { bar, type Theme, type Screen } from '../../terminal/screen.ts';
import { bytes, plural, printable } from '../../terminal/words.ts';
import type { LocalFile } from './folder.ts';
import type { Landed, Landing, Listener } from './land.ts';

const BAR_CELLS = 20;
/** Between two frames of a terminal, in ms. */
const FRAME = 100;
/** In bytes: of what is larger a file or a pipe hears on the way, too. */
const LARGE = 64 * 1024 * 1024;

export function landingText({ service, name, files }: Landing): string[] {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return [`${plural(files.length, 'file')}, ${bytes(size)}: can be landed as ${name} of ${service.name}`];
}

export function landedText({ service, name, artifact, release, files }: Landed, { paint }: Theme): string[] {
  const isOld = files.every(({ uploaded }) => !uploaded);
  return [
    `${isOld ? 'landed before:' : 'landed'} ${paint('bold', name)} of ${paint('bold', service)} ${paint('dim', `(${artifact})`)}`,
    `release ${paint('cyan', release)}`,
  ];
}

/** On a terminal a bar for each file that is being sent; elsewhere a line for each file, and for quarters of large ones. */
export function uploadProgress(screen: Screen, now: () => number): Listener {
  const sending = new Map<LocalFile, number>();
  let drawnAt = -Infinity;
  const draw = () => {
    drawnAt = now();
    screen.frame([...sending].map(([file, sent]) => barLine(file, sent)));
  };
  return {
    sent(file, sent) {
      const before = sending.get(file) ?? 0;
      sending.set(file, sent);
      if (screen.isTerminal) {
        if (now() - drawnAt >= FRAME) draw();
        return;
      }
      const quarter = (part: number) => Math.floor((4 * part) / Math.max(1, file.size));
      if (file.size >= LARGE && quarter(sent) > quarter(before) && sent < file.size)
        screen.print([`${printable(file.path)}  ${bytes(sent)} of ${bytes(file.size)}`]);
    },
    ended(file, uploaded) {
      sending.delete(file);
      if (screen.isTerminal) screen.frame([]);
      screen.print([`${printable(file.path)}  ${bytes(file.size)}${uploaded ? '' : '  is there already'}`]);
      if (screen.isTerminal && sending.size > 0) draw();
    },
  };
}

function barLine({ path, size }: LocalFile, sent: number): string {
  return `${printable(path)}  ${bar(sent / Math.max(1, size), BAR_CELLS)} ${bytes(sent)} of ${bytes(size)}`;
}

/** For JSON: nothing on the way. */
export const silent: Listener = { sent: () => {}, ended: () => {} };

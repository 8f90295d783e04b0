// Cuts a variable font down to the characters of Swedish and English text and to the weights that the CSS uses.
import { readFile, writeFile } from 'node:fs/promises';
import subsetFont from 'subset-font';

const [source, target] = process.argv.slice(2);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('');
const characters = range(0x20, 0x7e) + range(0xa0, 0xff) + '–—‘’‚“”„•…−€→×';
const font = await subsetFont(await readFile(source), characters, {
  targetFormat: 'woff2',
  variationAxes: { wght: { min: 400, max: 650 } },
  keepFeatures: ['kern', 'tnum'],
});
await writeFile(target, font);

// One decode, one shared pipeline, every size: node images_sharp.mjs <job.json>. Prints {cpu, wall, peak} of one run.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const job = JSON.parse(fs.readFileSync(process.argv[2]));
const sharp = createRequire(`${job.modules}/`)('sharp');
sharp.concurrency(1);
sharp.cache(false);
const data = fs.readFileSync(job.file);

async function render() {
  const { width, height, x, y } = job.crop;
  const top = job.widths[0];
  const first = await sharp(data).rotate().extract({ left: x, top: y, width, height }).resize(top, Math.round((top * job.shape[1]) / job.shape[0])).raw().toBuffer({ resolveWithObject: true });
  const raw = { width: first.info.width, height: first.info.height, channels: first.info.channels };
  const base = sharp(first.data, { raw });
  const made = {};
  for (const wide of job.widths) {
    const one = wide === top ? base.clone() : base.clone().resize(wide, Math.round((wide * job.shape[1]) / job.shape[0]));
    made[`${wide}.webp`] = await one.clone().webp({ quality: 80 }).toBuffer();
    if (job.alpha) made[`${wide}.png`] = await one.clone().png().toBuffer();
    else made[`${wide}.jpg`] = await one.clone().jpeg({ quality: 82 }).toBuffer();
  }
  return made;
}

let made = await render();
const cpu = process.cpuUsage();
const start = performance.now();
for (let round = 0; round < job.rounds; round += 1) made = await render();
const used = process.cpuUsage(cpu);
const wall = (performance.now() - start) / job.rounds;
for (const [name, content] of Object.entries(made)) fs.writeFileSync(`${job.out}/${name}`, content);
console.log(JSON.stringify({ cpu: (used.user + used.system) / 1000 / job.rounds, wall, peak: Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024 }));

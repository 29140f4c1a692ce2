// Compresses one photo with sharp as tagroll does and prints what it took, as JSON. Run by
// the Go program beside it: node sharp.js PHOTO OUTPUT RUNS, with sharp below the working
// directory.
const { createRequire } = require('node:module');
const fs = require('node:fs');
const sharp = createRequire(process.cwd() + '/package.json')('sharp');

sharp.concurrency(1); // one photo, one core: batches run photos side by side
sharp.cache(false);

const [photo, output, runs] = process.argv.slice(2);

const compress = (data) =>
  sharp(data)
    .rotate() // by EXIF orientation
    .flatten({ background: '#ffffff' })
    .resize(1024, 1024, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 85 })
    .toBuffer();

// Every photo of a folder, without measuring: node sharp.js -all FOLDER.
async function all(folder) {
  for (const name of fs.readdirSync(folder)) {
    const file = folder + '/' + name;
    fs.writeFileSync(file + '.sharp', await compress(fs.readFileSync(file)));
  }
}

async function one() {
  const data = fs.readFileSync(photo);
  const { orientation = 1, format } = await sharp(data).metadata();
  const result = { orientation, format, ms: [], cpu: [] };
  for (let i = 0; i < runs; i++) {
    const cpu = process.cpuUsage(), start = performance.now();
    const small = await compress(data);
    const used = process.cpuUsage(cpu);
    result.ms.push(performance.now() - start);
    result.cpu.push((used.user + used.system) / 1000);
    if (i === 0) fs.writeFileSync(output, small);
  }
  result.peak_kb = process.resourceUsage().maxRSS;
  console.log(JSON.stringify(result));
}

(photo === '-all' ? all(output) : one()).catch((err) => {
  console.error(err.message);
  process.exit(1);
});

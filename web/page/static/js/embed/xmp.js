// XMP packets, as the Go package embed writes them: fields take the place of what a packet says
// under their names, and everything else stays to the character.
import { Refused } from './bytes.js';

export const ns = {
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  xml: 'http://www.w3.org/XML/1998/namespace', dc: 'http://purl.org/dc/elements/1.1/',
  photoshop: 'http://ns.adobe.com/photoshop/1.0/',
  core: 'http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/',
  ext: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/', note: 'http://ns.adobe.com/xmp/note/',
  container: 'http://ns.google.com/photos/1.0/container/',
};
const prefixes = [['dc', ns.dc], ['photoshop', ns.photoshop], ['Iptc4xmpCore', ns.core], ['Iptc4xmpExt', ns.ext], ['xmpNote', ns.note]];
const white = ' \t\r\n';
const bad = () => new Refused('its XMP is not well formed');

const entities = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const isChar = (c) => c === 9 || c === 10 || c === 13 || (c >= 32 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);

/** The text of XML: references resolved, line ends made one. */
const unescape = (text, plain) => {
  const decoded = plain ? text : text.replace(/&([^;]*);|&/g, (_, name) => {
    const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name ?? '');
    const c = digits ? parseInt(digits[1] ?? digits[2], digits[1] ? 16 : 10) : -1;
    if (digits && c <= 0x10ffff) return c === 13 ? '\ue00d\ue00d' : String.fromCodePoint(c);
    if (Object.hasOwn(entities, name ?? '')) return entities[name];
    throw bad();
  });
  for (const c of decoded) if (!isChar(c.codePointAt(0))) throw bad();
  return decoded.replace(/\r\n?/g, '\n').replaceAll('\ue00d\ue00d', '\r');
};

/** Tokens of a document with where they stand: start and end tags, texts, comments and the like. */
function* tokens(text) {
  let at = 0;
  const until = (mark, from) => {
    const end = text.indexOf(mark, from);
    if (end < 0) throw bad();
    return end + mark.length;
  };
  while (at < text.length) {
    const from = at;
    if (text[at] !== '<') {
      at = text.indexOf('<', at);
      if (at < 0) at = text.length;
      const part = text.slice(from, at);
      if (part.includes(']]>')) throw bad();
      yield { kind: 'text', from, to: at, text: unescape(part, false) };
    } else if (text.startsWith('<?', at)) {
      at = until('?>', at + 2);
      yield { kind: 'other', from, to: at };
    } else if (text.startsWith('<!--', at)) {
      at = until('-->', at + 4);
      if (text.slice(from + 4, at - 3).includes('--') || text[at - 4] === '-') throw bad();
      yield { kind: 'other', from, to: at };
    } else if (text.startsWith('<![CDATA[', at)) {
      at = until(']]>', at + 9);
      yield { kind: 'text', from, to: at, text: unescape(text.slice(from + 9, at - 3), true) };
    } else if (text[at + 1] === '/') {
      at = until('>', at + 2);
      yield { kind: 'end', from, to: at, name: text.slice(from + 2, at - 1).replace(/[ \t\r\n]+$/, '') };
    } else {
      const tag = startTag(text, at);
      at = tag.to;
      yield tag;
      if (tag.closed) yield { kind: 'end', from: at, to: at, name: tag.name };
    }
  }
}

const nameOf = /[A-Za-z_:\u00b7-\uffff][\w:.\u00b7-\uffff-]*/y;

const startTag = (text, from) => {
  let at = from + 1;
  const name = () => {
    nameOf.lastIndex = at;
    const found = nameOf.exec(text);
    if (!found || found[0].split(':').length > 2 || found[0].endsWith(':')) throw bad();
    at += found[0].length;
    return found[0];
  };
  const space = () => {
    while (at < text.length && white.includes(text[at])) at++;
  };
  const tag = { kind: 'start', from, to: 0, name: name(), attributes: [], closed: false };
  for (;;) {
    const before = at;
    space();
    if (text[at] === '>' || text.startsWith('/>', at)) {
      tag.closed = text[at] === '/';
      tag.to = at + (tag.closed ? 2 : 1);
      return tag;
    }
    const attribute = name();
    space();
    if (text[at++] !== '=') throw bad();
    space();
    const end = text[at] === '"' || text[at] === "'" ? text.indexOf(text[at], at + 1) : -1;
    if (end < 0 || text.slice(at + 1, end).includes('<')) throw bad();
    tag.attributes.push({ raw: attribute, value: unescape(text.slice(at + 1, end), false), from: before, to: end + 1 });
    at = end + 1;
  }
};

const canonText = (text) => '\x02' + text;
const canonOpen = (name, attributes) => {
  const list = attributes.filter((a) => a.space !== 'xmlns' && a.raw !== 'xmlns').map((a) => `${a.space} ${a.local}=${a.value}`);
  return `\0>${name.space} ${name.local}\x01${list.sort().join('\x01')}`;
};
const canonClose = '\0<';

/**
 * Reads a packet: its properties with where they stand, and where more can be written.
 * @param {string} raw
 */
export const scan = (raw) => {
  if (raw.length > 16 << 20) throw new Refused('its XMP is too long');
  const body = raw.replace(/\0+$/, '');
  const doc = { raw, rdf: null, rdfEnd: 0, selfClosing: false, prefix: '', about: '', descriptions: [], properties: [] };
  const scopes = [new Map([['xml', ns.xml]])];
  const open = [];
  let [rdfAt, descAt, current, canon, text, lang] = [0, 0, null, '', '', ''];
  let inner = [];
  const resolve = (name, isAttribute) => {
    const colon = name.indexOf(':');
    if (colon < 0) return { space: isAttribute ? '' : (scopes.at(-1).get('') ?? ''), local: name };
    const prefix = name.slice(0, colon);
    return { space: prefix === 'xmlns' ? 'xmlns' : (scopes.at(-1).get(prefix) ?? prefix), local: name.slice(colon + 1) };
  };
  const flush = (between) => {
    if (!between || text.trim() !== '') canon += canonText(text);
    text = '';
  };
  const describe = (t) => {
    doc.descriptions.push({ from: t.from, to: 0, properties: 0, other: false });
    for (const a of t.attributes) {
      if (a.space === 'xmlns' || a.raw === 'xmlns') continue;
      if ((a.space === ns.rdf || a.space === '') && a.local === 'about') {
        doc.about ||= a.value;
        continue;
      }
      doc.descriptions.at(-1).properties++;
      doc.properties.push({
        name: a, from: a.from, to: a.to, attribute: true, description: doc.descriptions.length - 1, text: a.value, items: [], below: [],
        canon: canonOpen(a, []) + canonText(a.value) + canonClose,
      });
    }
  };
  const element = (t, name) => {
    const level = open.length - descAt;
    if (level === 1) {
      doc.descriptions.at(-1).properties++;
      current = { name, from: t.from, to: 0, attribute: false, description: doc.descriptions.length - 1, text: '', items: [], below: [], canon: '' };
      [canon, text, inner] = ['', '', []];
    } else {
      inner[inner.length - 1] = true;
      current.below.push(name.local);
    }
    inner.push(false);
    flush(true);
    canon += canonOpen(name, t.attributes);
    if (level === 3) lang = t.attributes.find((a) => a.local === 'lang' && a.space === ns.xml)?.value ?? '';
  };
  const start = (t) => {
    const scope = new Map(scopes.at(-1));
    for (const a of t.attributes) if (a.raw === 'xmlns') scope.set('', a.value);
      else if (a.raw.startsWith('xmlns:')) scope.set(a.raw.slice(6), a.value);
    scopes.push(scope);
    for (const a of t.attributes) Object.assign(a, resolve(a.raw, true));
    const name = resolve(t.name, false);
    open.push(t.name);
    if (open.length > 100) throw bad();
    if (!rdfAt && !doc.rdf && name.space === ns.rdf && name.local === 'RDF') {
      [rdfAt, doc.rdf, doc.selfClosing, doc.prefix] = [open.length, { from: t.from, to: t.to }, t.closed, t.name.replace(/RDF$/, '')];
    } else if (rdfAt && !descAt && open.length === rdfAt + 1 && name.space === ns.rdf && name.local === 'Description') {
      descAt = open.length;
      describe(t);
    } else if (descAt && open.length > descAt) element(t, name);
  };
  const end = (t) => {
    if (open.at(-1) !== t.name) throw bad();
    if (descAt && open.length > descAt) {
      const [level, leaf, value] = [open.length - descAt, !inner.pop(), text];
      flush(!leaf);
      canon += canonClose;
      if (level === 3 && leaf) current.items.push({ lang, text: value });
      if (level === 1) doc.properties.push(Object.assign(current, { text: leaf ? value : '', to: t.to, canon }));
    } else if (descAt && open.length === descAt) {
      doc.descriptions.at(-1).to = t.to;
      descAt = 0;
    } else if (rdfAt && open.length === rdfAt) [doc.rdfEnd, rdfAt] = [t.from, 0];
    open.pop();
    scopes.pop();
  };
  for (const t of tokens(body)) {
    if (t.kind === 'start') start(t);
    else if (t.kind === 'end') end(t);
    else if (descAt && open.length > descAt) text += t.kind === 'text' ? t.text : '';
    else if (descAt && (t.kind === 'other' || t.text.trim() !== '')) doc.descriptions.at(-1).other = true;
  }
  if (open.length) throw bad();
  if (!doc.rdf || !doc.rdfEnd) throw new Refused('its XMP has no rdf:RDF');
  return doc;
};

export const all = (doc, space, local) => doc.properties.filter((p) => p.name.space === space && p.name.local === local);

/** What a reader shows of a property: of alternatives the default language's. */
const first = (p) => (p.items.find((i) => i.lang === 'x-default') ?? p.items[0])?.text ?? p.text;

export const value = (doc, space, local) => all(doc, space, local).map(first).find((v) => v !== '') ?? '';

const special = { '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;', '\t': '&#x9;', '\n': '&#xA;', '\r': '&#xD;' };
const escape = (text) => text.replace(/["'&<>\t\n\r]/g, (c) => special[c]);

/** The properties of the fields, in the order in which they are written. */
export const wantedOf = (f) => {
  const list = [];
  const add = (space, local, container, text) => {
    if (text !== '') list.push({ space, local, container, items: [{ lang: container === 'Alt' ? 'x-default' : '', text }] });
  };
  add(ns.dc, 'title', 'Alt', f.title);
  add(ns.dc, 'description', 'Alt', f.description);
  if (f.keywords.length) list.push({ space: ns.dc, local: 'subject', container: 'Bag', items: f.keywords.map((text) => ({ lang: '', text })) });
  add(ns.dc, 'creator', 'Seq', f.creator);
  add(ns.dc, 'rights', 'Alt', f.copyright);
  add(ns.photoshop, 'Headline', '', f.headline);
  add(ns.photoshop, 'SupplementalCategories', 'Bag', f.category);
  add(ns.photoshop, 'City', '', f.place.city);
  add(ns.photoshop, 'State', '', f.place.region);
  add(ns.photoshop, 'Country', '', f.place.country);
  add(ns.core, 'Location', '', f.place.location);
  if (Object.values(f.place).some((v) => v !== '')) list.push({ space: ns.ext, local: 'LocationCreated', container: '', items: [], place: f.place });
  return list;
};

const write = (w) => {
  const name = `${prefixes.find(([, space]) => space === w.space)[0]}:${w.local}`;
  if (w.place) {
    const parts = [['Sublocation', w.place.location], ['City', w.place.city], ['ProvinceState', w.place.region], ['CountryName', w.place.country]];
    const lines = parts.filter(([, v]) => v !== '').map(([local, v]) => `      <Iptc4xmpExt:${local}>${escape(v)}</Iptc4xmpExt:${local}>\n`);
    return `   <${name}>\n    <rdf:Bag>\n     <rdf:li rdf:parseType="Resource">\n${lines.join('')}     </rdf:li>\n    </rdf:Bag>\n   </${name}>\n`;
  }
  if (w.container === '') return `   <${name}>${escape(w.items[0].text)}</${name}>\n`;
  const items = w.items.map((i) => `     <rdf:li${i.lang ? ` xml:lang="${escape(i.lang)}"` : ''}>${escape(i.text)}</rdf:li>\n`);
  return `   <${name}>\n    <rdf:${w.container}>\n${items.join('')}    </rdf:${w.container}>\n   </${name}>\n`;
};

const writeDescription = (about, declareRDF, list) => {
  const used = prefixes.filter(([, space], i) => i < 2 || list.some((w) => w.space === space));
  const names = [...(declareRDF ? [['rdf', ns.rdf]] : []), ...used].map(([prefix, space]) => `\n    xmlns:${prefix}="${space}"`);
  return `  <rdf:Description rdf:about="${escape(about)}"${names.join('')}>\n${list.map(write).join('')}  </rdf:Description>`;
};

/** A whole packet with the properties. */
export const newPacket = (list) => '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' +
  `<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="tagroll">\n <rdf:RDF xmlns:rdf="${ns.rdf}">\n` +
  `${writeDescription('', false, list)}\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n`;

const names = ['Bag', 'Seq', 'Description', 'Sublocation', 'City', 'ProvinceState', 'CountryName'];
const isDetailed = (p) => p.below.some((n) => n !== 'li' && !names.includes(n)) || p.below.filter((n) => n === 'li').length > 1;

const withLanguages = (text, there) => {
  if (there.length !== 1) return [text];
  const old = first(there[0]);
  const others = there[0].items.filter((i) => i.lang !== '' && i.lang !== 'x-default');
  return [text, ...others.map((i) => ({ lang: i.lang, text: i.text === old ? text.text : i.text }))];
};

/** The packet with the properties, each in the place of what it has under its name. */
export const merge = (doc, list) => {
  const [put, stale] = [[], []];
  let same = true;
  for (const w of list) {
    const there = all(doc, w.space, w.local);
    if (w.place && there.some(isDetailed)) continue;
    const full = w.container === 'Alt' ? { ...w, items: withLanguages(w.items[0], there) } : w;
    same &&= there.length === 1 && there[0].canon === scan(newPacket([full])).properties[0].canon;
    stale.push(...there);
    put.push(full);
  }
  return same ? doc.raw : edit(doc, stale, writeDescription(doc.about, doc.prefix !== 'rdf:', put));
};

const beforeSpace = (raw, at) => {
  while (at > 0 && white.includes(raw[at - 1])) at--;
  return at;
};

/**
 * Removes properties, and descriptions that are empty then, and writes what is inserted at the end
 * of rdf:RDF.
 */
export const edit = (doc, remove, insert) => {
  const cuts = remove.map((p) => ({ from: p.attribute ? p.from : beforeSpace(doc.raw, p.from), to: p.to }));
  doc.descriptions.forEach((d, i) => {
    const gone = remove.filter((p) => p.description === i).length;
    if (gone > 0 && gone === d.properties && !d.other) cuts.push({ from: beforeSpace(doc.raw, d.from), to: d.to });
  });
  cuts.sort((a, b) => a.from - b.from || b.to - a.to);
  let [out, at] = ['', 0];
  const copyTo = (end) => {
    while (cuts.length && cuts[0].from < end) {
      const cut = cuts.shift();
      if (cut.from > at) out += doc.raw.slice(at, cut.from);
      at = Math.max(at, cut.to);
    }
    if (end > at) out += doc.raw.slice(at, end);
    at = Math.max(at, end);
  };
  if (insert !== '' && doc.selfClosing) {
    copyTo(doc.rdf.to - 2);
    out += `>\n${insert}\n </${doc.prefix}RDF>`;
    at = doc.rdf.to;
  } else if (insert !== '') {
    const end = beforeSpace(doc.raw, doc.rdfEnd);
    copyTo(end);
    out += `\n${insert}${end === doc.rdfEnd ? '\n' : ''}`;
  }
  copyTo(doc.raw.length);
  return out;
};

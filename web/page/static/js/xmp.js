// XMP: title, description, keywords and headline set in a packet, all other properties kept. Where there is no packet
// yet one is made. In browsers, which parse XML; the rest of it is pure.

const spaces = { rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#', dc: 'http://purl.org/dc/elements/1.1/', photoshop: 'http://ns.adobe.com/photoshop/1.0/' };
const begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n';
const end = '\n<?xpacket end="w"?>';

/** Characters that XML cannot carry become spaces. */
const plain = (text) => text.replace(/[\x00-\x1f\x7f-\x9f\ufffe\uffff]/g, ' ');
const escape = (text) => plain(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/**
 * @typedef {{title?: string, description?: string, keywords?: string[]}} Texts what is empty is left as the file has it
 */

/** @param {Texts} texts */
function properties({ title, description, keywords }) {
  const alt = (name, text) => `<${name}><rdf:Alt><rdf:li xml:lang="x-default">${escape(text)}</rdf:li></rdf:Alt></${name}>`;
  return [
    title && ['dc:title', alt('dc:title', title)],
    description && ['dc:description', alt('dc:description', description)],
    keywords?.length && ['dc:subject', `<dc:subject><rdf:Bag>${keywords.map((word) => `<rdf:li>${escape(word)}</rdf:li>`).join('')}</rdf:Bag></dc:subject>`],
    title && ['photoshop:Headline', `<photoshop:Headline>${escape(title)}</photoshop:Headline>`],
  ].filter(Boolean);
}

const description = (list) =>
  `<rdf:Description xmlns:rdf="${spaces.rdf}" rdf:about="" xmlns:dc="${spaces.dc}" xmlns:photoshop="${spaces.photoshop}">${list.map(([, xml]) => xml).join('')}</rdf:Description>`;

/**
 * A packet with the texts and nothing else.
 * @param {Texts} texts
 */
export function newPacket(texts) {
  return `${begin}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${spaces.rdf}">${description(properties(texts))}</rdf:RDF></x:xmpmeta>${end}`;
}

/**
 * A packet with the texts in place of those that it had.
 * @param {string} packet
 * @param {Texts} texts
 */
export function mergePacket(packet, texts) {
  const parser = new DOMParser();
  const document = parser.parseFromString(packet.replace(/<\?xpacket[^>]*\?>/g, '').replace(/^\ufeff/, '').trim(), 'application/xml');
  const rdf = document.getElementsByTagNameNS(spaces.rdf, 'RDF')[0];
  if (!rdf || document.getElementsByTagName('parsererror').length > 0) throw new Error('Its XMP is damaged.');
  const list = properties(texts);
  for (const [name] of list) {
    const [prefix, local] = name.split(':');
    for (const node of [...rdf.children].filter((one) => one.localName === 'Description')) {
      node.removeAttributeNS(spaces[prefix], local);
      for (const child of [...node.children]) if (child.namespaceURI === spaces[prefix] && child.localName === local) child.remove();
    }
  }
  const fresh = document.importNode(parser.parseFromString(description(list), 'application/xml').documentElement, true);
  const about = rdf.querySelector(':scope > *')?.getAttributeNS(spaces.rdf, 'about');
  if (about) fresh.setAttributeNS(spaces.rdf, 'rdf:about', about);
  rdf.append(fresh);
  return begin + new XMLSerializer().serializeToString(document.documentElement) + end;
}

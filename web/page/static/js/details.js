// What agencies ask of a photo beside its words: releases, editorial, place. Pure: no page.

/** @typedef {import('../../api.d.ts').Details} Details */

/** The names of places, from small to large, and what they are called. */
export const places = { location: 'Place', city: 'City', region: 'State or region', country: 'Country' };

/**
 * Details with some members changed, in the order of the server's, without what is empty.
 * @param {Details} details
 * @param {Partial<Details>} members
 * @returns {Details}
 */
export function withDetails(details, members) {
  const all = { ...details, ...members };
  const place = Object.fromEntries(Object.keys(places).map((name) => [name, all.place?.[name]?.trim()]).filter(([, text]) => text));
  return /** @type {Details} */ (Object.fromEntries(Object.entries({
    model_releases: all.model_releases?.length ? all.model_releases : undefined,
    property_releases: all.property_releases?.length ? all.property_releases : undefined,
    editorial: all.editorial || undefined,
    mature: all.mature || undefined,
    copyright: all.copyright?.trim() || undefined,
    place: Object.keys(place).length > 0 ? place : undefined,
  }).filter(([, value]) => value !== undefined)));
}

/** Details in a few words; empty if there are none. */
export function detailsText(details = {}) {
  const releases = (details.model_releases ?? []).length + (details.property_releases ?? []).length;
  return [
    details.editorial && 'editorial', details.mature && 'mature', releases > 0 && `${releases} ${releases === 1 ? 'release' : 'releases'}`,
    details.place && Object.values(details.place).join(', '), details.copyright && `© ${details.copyright}`,
  ].filter(Boolean).join(' · ');
}

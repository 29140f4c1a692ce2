// Which elements are near the window. What is far away is drawn as plain text, so that 500 photos
// stay light; it becomes fields before it scrolls into view.
import { useLayoutEffect, useState } from './html.js';

const margin = '800px 0px';
const watched = new WeakMap();

const observer = new IntersectionObserver((changes) => {
  for (const change of changes) watched.get(change.target)?.(change.isIntersecting);
}, { rootMargin: margin });

/**
 * Whether the element of ref is near the window. Once it holds the focus it counts as near, however
 * far it is scrolled away: a field must not vanish under a cursor.
 */
export function useNear(ref) {
  const [near, setNear] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    watched.set(element, (is) => setNear(is || element.contains(document.activeElement)));
    observer.observe(element);
    return () => observer.unobserve(element);
  }, []);
  return near;
}

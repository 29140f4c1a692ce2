// Dragging a chip with a mouse or pen. Fingers scroll instead; they have two small buttons on the
// chip they touched.
import { useEffect, useRef, useState } from '../html.js';

const slack = 5; // px before a press becomes a drag

/**
 * @param box ref of the list whose .chip children are in the order of the words
 * @param {(from: number, to: number) => void} onMove
 * @returns {{from: number, to: number, begin: (event: PointerEvent, index: number) => void}} from
 *   is -1 while nothing is dragged
 */
export function useChipDrag(box, onMove) {
  const [drag, setDrag] = useState({ from: -1, to: -1 });
  const end = useRef(() => {});
  useEffect(() => () => end.current(), []);

  const begin = (event, index) => {
    if (event.button !== 0 || event.pointerType === 'touch' || event.target.closest('.remove, input')) return;
    const start = { x: event.clientX, y: event.clientY };
    let to = index;
    let moved = false;
    const follow = (move) => {
      if (!moved && Math.hypot(move.clientX - start.x, move.clientY - start.y) < slack) return;
      moved = true;
      const chips = [...box.current.querySelectorAll('.chip')];
      const over = chips.indexOf(document.elementFromPoint(move.clientX, move.clientY)?.closest('.chip'));
      if (over >= 0) to = over;
      setDrag({ from: index, to });
    };
    const drop = () => {
      end.current();
      if (moved && to !== index) onMove(index, to);
    };
    const key = (press) => press.key === 'Escape' && end.current();
    end.current = () => {
      removeEventListener('pointermove', follow);
      removeEventListener('pointerup', drop);
      removeEventListener('pointercancel', end.current);
      removeEventListener('keydown', key);
      end.current = () => {};
      setDrag({ from: -1, to: -1 });
    };
    addEventListener('pointermove', follow);
    addEventListener('pointerup', drop);
    addEventListener('pointercancel', end.current);
    addEventListener('keydown', key);
  };
  return { ...drag, begin };
}

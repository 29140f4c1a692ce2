// Whether the keyboard is inside of the card that a control belongs to: only then Tab reaches the
// control.
import { createContext, useContext } from '../html.js';

/** True in dialogs and in the large view, where Tab goes everywhere. */
export const Inside = createContext(true);

/** The tabindex for a control of a photo. */
export const useTab = () => (useContext(Inside) ? 0 : -1);

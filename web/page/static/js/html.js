// Preact with htm bound to it: what every view imports. html`<b class="x">${y}</b>` makes elements
// without a build step.
import { h, Fragment, render, createContext } from './vendor/preact.mjs';
import { useState, useEffect, useLayoutEffect, useRef, useMemo, useId, useCallback, useContext } from './vendor/hooks.mjs';
import htm from './vendor/htm.mjs';

export const html = htm.bind(h);
export { h, Fragment, render, createContext, useState, useEffect, useLayoutEffect, useRef, useMemo, useId, useCallback, useContext };

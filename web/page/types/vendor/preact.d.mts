// What the page uses of the vendored Preact, as far as the type checker has to know.
export function h(type: any, props: any, ...children: any[]): any;
export function render(element: any, root: Element): void;
export function createContext<T>(value: T): { Provider: any };
export const Fragment: any;

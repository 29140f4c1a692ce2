// What the page uses of Preact's hooks, as far as the type checker has to know.
export function useState<T = any>(initial?: T): [T, (next: T | ((now: T) => T)) => void];
export function useEffect(run: () => any, when?: any[]): void;
export function useLayoutEffect(run: () => any, when?: any[]): void;
export function useRef<T = any>(initial?: T): { current: T };
export function useMemo<T>(make: () => T, when: any[]): T;
export function useId(): string;
export function useCallback<T>(fn: T, when: any[]): T;
export function useContext(context: any): any;

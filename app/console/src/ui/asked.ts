// Something asked of the server for a component: waiting, there, or failed, and asked anew when what it hangs on changes.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Failure } from "../api/client";
import { opened } from "../api/events";
import { session } from "../session/session";
import { useStore } from "../store";

export interface Asked<T> {
  value: T | null;
  error: unknown;
  again: () => Promise<void>;
  put: (value: T) => void;
}

export function useAsked<T>(get: () => Promise<T>, on: unknown[] = []): Asked<T> {
  const [state, setState] = useState<{ value: T | null; error: unknown }>({ value: null, error: null });
  const turn = useRef(0);
  const { cloud, signed_in } = useStore(session);
  const again = useCallback(async () => {
    const mine = (turn.current += 1);
    try {
      const value = await get();
      if (turn.current === mine) setState({ value, error: null });
    } catch (error) {
      if (error instanceof Failure && error.status === 401) return; // the sign-in is shown; asked again after it
      if (turn.current === mine) setState((before) => ({ ...before, error }));
    }
  }, [cloud, signed_in, ...on]);
  useEffect(() => void again(), [again]);
  const line = useStore(opened);
  const first = useRef(line);
  useEffect(() => void (line !== first.current && line > 1 && again()), [line]); // something may have been missed
  const put = useCallback((value: T) => {
    turn.current += 1;
    setState({ value, error: null });
  }, []);
  return { ...state, again, put };
}

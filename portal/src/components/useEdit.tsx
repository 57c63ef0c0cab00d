import type { UseFormReturnType } from "@mantine/form";
import { useState, type ReactNode } from "react";
import { Problem } from "../api/problem";
import { ChangedMeanwhile } from "./ChangedMeanwhile";

interface EditOptions<V extends object, T extends { version: number }> {
  form: UseFormReturnType<V>;
  /** What the form shows at first. */
  initial: V;
  /** The version that this is of; 0 for something new. */
  version: number;
  toValues: (stored: T) => V;
  save: (values: V, version: number) => Promise<T>;
  /** Reads what is stored now; not needed for something new. */
  read?: () => Promise<T>;
  /** Shows every error but that someone else changed it. */
  onError: (error: unknown) => void;
  /** What of the values is compared; all of them unless it is given. */
  comparable?: (values: V) => Record<string, unknown>;
  /** The names of fields; their keys in words unless they are given. */
  labels?: Record<string, string>;
}

interface Conflict<T> {
  by: string | undefined;
  at: string | undefined;
  latest: T;
}

/**
 * Saves a form whose content several people edit. When someone else changed it after the form was
 * opened, nothing is overwritten and nothing typed is lost: `notice` says who changed what and offers
 * to keep both changes, theirs or mine.
 */
export function useEdit<V extends object, T extends { version: number }>({
  form,
  initial,
  version,
  toValues,
  save,
  read,
  onError,
  comparable = (values) => Object.fromEntries(Object.entries(values)),
  labels = {},
}: EditOptions<V, T>): { send: (values: V) => void; notice: ReactNode } {
  // What the form began with: what others store meanwhile is read by the page, but not by the form.
  const [base, setBase] = useState({ version, values: initial });
  const [conflict, setConflict] = useState<Conflict<T> | null>(null);

  const accept = (stored: T, show: boolean) => {
    const values = toValues(stored);
    setBase({ version: stored.version, values });
    setConflict(null);
    form.resetDirty(values);
    if (show) form.setValues(values);
  };
  const submit = async (values: V, from: number) => {
    try {
      const saved = await save(values, from);
      // Who went on typing keeps it.
      accept(saved, same(form.getValues(), values));
    } catch (error) {
      if (!(error instanceof Problem) || error.changed === undefined || read === undefined) {
        onError(error);
        return;
      }
      const { by, at } = error.changed;
      try {
        setConflict({ by, at, latest: await read() });
      } catch (failure) {
        onError(failure);
      }
    }
  };

  const differences = (): { theirs: string[]; both: string[]; merged: V } | null => {
    if (conflict === null) return null;
    const latest = toValues(conflict.latest);
    const [before, mine, now] = [base.values, form.getValues(), latest].map(comparable);
    const keys = Object.keys(now ?? {});
    const theirs = keys.filter((key) => !same(now?.[key], before?.[key]));
    const both = theirs.filter(
      (key) => !same(mine?.[key], before?.[key]) && !same(mine?.[key], now?.[key]),
    );
    const taken = Object.entries(latest).filter(([key]) => theirs.includes(key));
    return { theirs, both, merged: { ...form.getValues(), ...Object.fromEntries(taken) } };
  };
  const found = differences();
  const namesOf = (keys: string[]) => [...new Set(keys.map((key) => labels[key] ?? key))];
  return {
    send: (values) => void submit(values, base.version),
    notice: conflict !== null && found !== null && (
      <ChangedMeanwhile
        by={conflict.by}
        at={conflict.at}
        theirs={namesOf(found.theirs)}
        both={namesOf(found.both)}
        onMerge={() => {
          form.setValues(found.merged);
          void submit(found.merged, conflict.latest.version);
        }}
        onMine={() => void submit(form.getValues(), conflict.latest.version)}
        onTheirs={() => accept(conflict.latest, true)}
      />
    ),
  };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

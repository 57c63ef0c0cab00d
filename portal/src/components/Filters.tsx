import { Group, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useNavigation, useSearchParams } from "react-router";

/** A filter kept in the URL, so that a filtered list can be linked to and survives going back. */
export function useFilter(name: string): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return [params.get(name) ?? "", set];
}

/** A filter with a fixed set of values. Any other value in the URL counts as no filter. */
export function useChoice<T extends string>(
  name: string,
  choices: readonly T[],
): [T | undefined, (value: string) => void] {
  const [value, set] = useFilter(name);
  return [choices.find((choice) => choice === value), set];
}

export function FilterBar({ children }: { children: ReactNode }) {
  return (
    <Group gap="sm" mb="lg" align="flex-end" role="search">
      {children}
    </Group>
  );
}

export function SearchField({ label = "Search" }: { label?: string }) {
  const [query, setQuery] = useFilter("q");
  const [typed, setTyped] = useState(query);
  // A pending search must not undo a navigation that has begun in the meantime.
  const leaving = useNavigation().state !== "idle";
  const apply = useDebouncedCallback((value: string) => {
    if (!leaving) setQuery(value.trim());
  }, 300);
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        apply(event.currentTarget.value);
      }}
      w={{ base: "100%", xs: 260 }}
    />
  );
}

interface TextFilterProps {
  label: string;
  type?: "search" | "date";
  value: string;
  onChange: (value: string) => void;
}

/** A filter by a text or a day, applied after a pause in typing. */
export function TextFilter({ label, type = "search", value, onChange }: TextFilterProps) {
  const [typed, setTyped] = useState(value);
  const leaving = useNavigation().state !== "idle";
  const apply = useDebouncedCallback((text: string) => {
    if (!leaving) onChange(text.trim());
  }, 300);
  return (
    <TextInput
      type={type}
      {...(type === "date" ? { label } : { "aria-label": label, placeholder: label })}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        apply(event.currentTarget.value);
      }}
      w={{ base: "100%", xs: 190 }}
    />
  );
}

interface ChoiceFilterProps {
  label: string;
  all: string;
  value: string | undefined;
  onChange: (value: string) => void;
  options: { value: string; label: string }[];
}

export function ChoiceFilter({ label, all, value, onChange, options }: ChoiceFilterProps) {
  return (
    <NativeSelect
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: "", label: all }, ...options]}
      w={{ base: "100%", xs: 190 }}
    />
  );
}

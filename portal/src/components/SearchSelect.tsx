import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

interface Option {
  value: string;
  label: string;
}

interface SearchSelectProps extends Omit<SelectProps, "data" | "value" | "onChange"> {
  value?: string;
  /** Called with the chosen value, empty when it is cleared. */
  onChange: (value: string) => void;
  /** The option of the current value, which a search may not find. */
  current: Option | null;
  /** What the server finds. */
  found: Option[];
  /** Called, after a pause in typing, with the text to search for; empty for the newest. */
  onSearch: (text: string) => void;
}

const searchDelayMs = 300;

/** The text that a field searches for, to be passed to the query of its options. */
export function useSearchText(): [string, (text: string) => void] {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text, searchDelayMs);
  return [settled, setText];
}

/** A select whose options the server searches, because there may be more than a list can show. */
export function SearchSelect({
  value = "",
  onChange,
  current,
  found,
  onSearch,
  ...rest
}: SearchSelectProps) {
  const isListed = (option: Option) => found.some((other) => other.value === option.value);
  return (
    <Select
      {...rest}
      searchable
      nothingFoundMessage="Nothing found"
      data={current === null || isListed(current) ? found : [current, ...found]}
      value={value === "" ? null : value}
      onChange={(chosen) => onChange(chosen ?? "")}
      // The server has searched already.
      filter={({ options }) => options}
      // The field shows the chosen option's label, which is no search.
      onSearchChange={(text) => onSearch(text === current?.label ? "" : text.trim())}
    />
  );
}

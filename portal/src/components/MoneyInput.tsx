import { NumberInput, Text, type NumberInputProps } from "@mantine/core";
import { useState } from "react";
import { toMajor, toMinor } from "../format/money";
import { minorDigits } from "../format/reference";

interface MoneyInputProps extends Omit<NumberInputProps, "value" | "onChange" | "defaultValue"> {
  currency: string;
  /** Integer minor units; null while empty. */
  value?: number | null;
  onChange: (minor: number | null) => void;
}

export function MoneyInput({ currency, value = null, onChange, ...rest }: MoneyInputProps) {
  // Keeps unfinished input such as "4." for as long as it means the current amount.
  const [typed, setTyped] = useState<string | number>("");
  const shown =
    minorOf(typed, currency) === value ? typed : value === null ? "" : toMajor(value, currency);
  return (
    <NumberInput
      {...rest}
      value={shown}
      onChange={(next) => {
        setTyped(next);
        onChange(minorOf(next, currency));
      }}
      decimalScale={minorDigits(currency)}
      fixedDecimalScale
      min={0}
      hideControls
      rightSection={
        <Text size="xs" c="dimmed">
          {currency}
        </Text>
      }
      rightSectionWidth={44}
    />
  );
}

function minorOf(typed: string | number, currency: string): number | null {
  if (typed === "" || Number.isNaN(Number(typed))) return null;
  return toMinor(Number(typed), currency);
}

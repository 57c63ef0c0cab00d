import { Text } from "@mantine/core";
import { formatMoney } from "../format/money";
import { moneyText, readMoney } from "../format/typedNumber";
import { NumberTextField, type NumberFieldProps } from "./NumberField";

/** A field for an amount of money. Its value is the text as typed; see `moneyValue`. */
export function MoneyInput({ currency, ...rest }: NumberFieldProps & { currency: string }) {
  return (
    <NumberTextField
      {...rest}
      read={(text) => readMoney(text, currency)}
      format={(amount) => formatMoney({ amount, currency })}
      plain={(amount) => moneyText(amount, currency)}
      alwaysEcho={currency !== ""}
      rightSection={
        <Text size="xs" c="dimmed">
          {currency}
        </Text>
      }
      rightSectionWidth={44}
    />
  );
}

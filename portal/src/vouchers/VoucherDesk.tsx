import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { IconCircleCheck } from "@tabler/icons-react";
import { useRef } from "react";
import { $api } from "../api/client";
import type { RedeemableVoucher, VoucherRedemption } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";
import { VoucherPanel } from "./VoucherPanel";

/** What became of the last code: its voucher was found, or redeemed. */
export type Outcome =
  | { kind: "found"; typed: string; code: string; voucher: RedeemableVoucher }
  | { kind: "redeemed"; redemption: VoucherRedemption };

interface VoucherDeskProps {
  outcome: Outcome | null;
  onOutcome: (outcome: Outcome | null) => void;
}

/** Looks up a code, and shows its voucher until it is redeemed or the code is changed. */
export function VoucherDesk({ outcome, onOutcome }: VoucherDeskProps) {
  const tenant = useTenant();
  const field = useRef<HTMLInputElement>(null);
  const form = useForm({
    initialValues: { code: "" },
    validate: { code: isNotEmpty("Enter the code of the voucher.") },
  });
  const errors = useFormErrors(form);
  const lookUp = $api.useMutation("post", "/providers/{tenant}/vouchers/lookup", {
    onError: errors.show,
  });
  const send = (typed: string) => {
    const code = typed.trim().toUpperCase();
    onOutcome(null);
    lookUp.mutate(
      { params: { path: { tenant: tenant.id } }, body: { code } },
      { onSuccess: (voucher) => onOutcome({ kind: "found", typed, code, voucher }) },
    );
  };
  const finish = (redemption: VoucherRedemption) => {
    onOutcome({ kind: "redeemed", redemption });
    form.reset();
    field.current?.focus();
  };
  const found = outcome?.kind === "found" && outcome.typed === form.values.code ? outcome : null;
  return (
    <>
      <Panel title="Look up a voucher">
        <form noValidate onSubmit={errors.onSubmit(({ code }) => send(code))}>
          <Stack>
            <FormError message={errors.general} />
            <TextInput
              ref={field}
              label="Voucher code"
              description="With or without its dashes."
              placeholder="K7MP-2QXR-9DTW-HN4C"
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              maw={420}
              styles={{ input: { textTransform: "uppercase" } }}
              {...form.getInputProps("code")}
            />
            <Group>
              <Button
                type="submit"
                variant={found === null ? "filled" : "default"}
                loading={lookUp.isPending}
              >
                Look up
              </Button>
            </Group>
          </Stack>
        </form>
      </Panel>
      {found !== null && (
        <VoucherPanel code={found.code} voucher={found.voucher} onRedeemed={finish} />
      )}
      {outcome?.kind === "redeemed" && <RedeemedNotice redemption={outcome.redemption} />}
    </>
  );
}

function RedeemedNotice({ redemption }: { redemption: VoucherRedemption }) {
  const { title, item_name, order_number, code_ending } = redemption;
  return (
    <Alert
      color="pine"
      role="status"
      icon={<IconCircleCheck aria-hidden />}
      title={`Redeemed: ${title}`}
      style={{ overflowWrap: "anywhere" }}
    >
      {item_name !== "" && `${item_name}. `}
      Order {order_number}, code ending …{code_ending}.
    </Alert>
  );
}

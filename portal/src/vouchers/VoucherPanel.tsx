import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import { Problem } from "../api/problem";
import type { RedeemableVoucher, VoucherRedemption } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";
import { formatDateTime } from "../format/time";

const redemptionsPath = "/providers/{tenant}/vouchers/redemptions";

interface VoucherPanelProps {
  code: string;
  voucher: RedeemableVoucher;
  onRedeemed: (redemption: VoucherRedemption) => void;
}

/** The voucher of a code, with the form that redeems it. */
export function VoucherPanel({ code, voucher, onRedeemed }: VoucherPanelProps) {
  return (
    <div style={{ overflowWrap: "anywhere" }}>
      <Panel title={voucher.title}>
        <Stack>
          <Text fw={550} role="status">
            {standing(voucher)}
          </Text>
          <DescriptionList
            rows={[
              ["Item", voucher.item_name],
              ["Order", voucher.order_number],
              ["Valid until", formatDateTime(voucher.valid_until)],
              ["Redeemed by", voucher.redemption?.redeemed_by],
            ]}
          />
          {canBeRedeemed(voucher) && <RedeemForm code={code} onRedeemed={onRedeemed} />}
        </Stack>
      </Panel>
    </div>
  );
}

function RedeemForm({ code, onRedeemed }: Omit<VoucherPanelProps, "voucher">) {
  const tenant = useTenant();
  // Named, so that an error of the code is not taken for one of the field of the other form.
  const form = useForm({ name: "redeem", initialValues: { reference: "" } });
  const errors = useFormErrors(form);
  const redeem = $api.useMutation("post", redemptionsPath, {
    onSuccess: async (redemption) => {
      onRedeemed(redemption);
      await refresh(redemptionsPath);
    },
    onError: (error) => {
      errors.show(error);
      // Most likely it was redeemed at another till in the meantime.
      if (error instanceof Problem) void refresh(redemptionsPath);
    },
  });
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ reference }) => {
        redeem.mutate({
          params: { path: { tenant: tenant.id } },
          body: { code, reference: reference.trim() },
        });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <TextInput
          label="Receipt or booking number"
          description="Optional."
          autoComplete="off"
          maw={420}
          {...form.getInputProps("reference")}
        />
        <Group>
          <Button type="submit" loading={redeem.isPending}>
            Redeem voucher
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function canBeRedeemed({ state, redemption }: RedeemableVoucher): boolean {
  return (state === "issued" || state === "active") && redemption == null;
}

function standing(voucher: RedeemableVoucher): string {
  const { state, redemption, valid_until } = voucher;
  if (state === "void") return "Void: it was refunded";
  if (redemption != null) {
    const at = formatDateTime(redemption.redeemed_at);
    const reference = redemption.reference === "" ? "" : ` (reference ${redemption.reference})`;
    return `Redeemed on ${at}${reference}`;
  }
  if (state === "expired") return `Expired on ${formatDateTime(valid_until)}`;
  return canBeRedeemed(voucher) ? "Can be redeemed" : "Redeemed already";
}

import { Anchor, Skeleton, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { $api, api, meKey, queryClient, required } from "../api/client";
import { explain } from "../api/problem";
import type { Me } from "../api/types";
import { roleName } from "../format/text";
import { AcceptForm, type Acceptance, type InvitationOffer } from "./AcceptForm";
import { AuthLayout } from "./AuthLayout";
import { SignInCode } from "./SignInCode";

/** Where the link in an invitation to a provider’s team leads. */
export function ProviderInvitationPage() {
  const { token = "" } = useParams();
  const params = { path: { token } };
  const { data, error } = $api.useQuery("get", "/invitations/{token}", { params });
  return (
    <InvitationPage
      error={error}
      offer={
        data && {
          email: data.email,
          team: data.provider_name,
          roles: [data.role],
          account_exists: data.account_exists,
          is_signed_in: false,
          password_hint: "You already have an account. Enter its password.",
        }
      }
      accept={async ({ password = "", ...name }) => {
        const body = { ...name, password };
        return required(await api.POST("/invitations/{token}/accept", { params, body }));
      }}
    />
  );
}

/** Where the link in an invitation to SMP’s own team leads. */
export function StaffInvitationPage() {
  const { token = "" } = useParams();
  const params = { path: { token } };
  const { data, error } = $api.useQuery("get", "/staff-invitations/{token}", { params });
  return (
    <InvitationPage
      error={error}
      offer={
        data && {
          ...data,
          team: "SMP’s team",
          password_hint:
            "You already have an account. Enter its password, or sign in first and open the link again.",
        }
      }
      accept={async (body, { email }) => {
        await api.POST("/staff-invitations/{token}/accept", { params, body });
        const { password } = body;
        // Whatever it answers, the start page is next: it leads those who are not signed in yet, or
        // who are asked for a second factor, to the sign-in page.
        if (password !== undefined)
          await api.POST("/session", { body: { email, password } }).catch(() => undefined);
        return null;
      }}
    />
  );
}

interface InvitationPageProps {
  error: unknown;
  offer: InvitationOffer | undefined;
  /** Null leaves it to the start page to find out who is signed in. */
  accept: (
    acceptance: Acceptance,
    offer: InvitationOffer,
  ) => Promise<Me | { pending_token: string } | null>;
}

function InvitationPage({ error, offer, accept }: InvitationPageProps) {
  const navigate = useNavigate();
  // The account has a second factor, which the token waits for.
  const [pendingToken, setPendingToken] = useState<string | null>(null);
  const enter = (me: Me | null) => {
    queryClient.clear();
    if (me) queryClient.setQueryData([...meKey, {}], me);
    void navigate("/", { replace: true });
  };
  if (error != null && pendingToken === null) return <NotValid error={error} />;
  if (!offer)
    return (
      <AuthLayout title="Your invitation">
        <Skeleton height={220} />
      </AuthLayout>
    );
  if (pendingToken !== null)
    return (
      <SignInCode
        pendingToken={pendingToken}
        onSignedIn={enter}
        onStartOver={() => void navigate("/sign-in", { replace: true })}
      />
    );
  return (
    <AuthLayout title={`Join ${offer.team}`}>
      <Text c="dimmed" mb="lg">
        You’ve been invited as{" "}
        {offer.roles.map((role) => roleName(role).toLowerCase()).join(" and ")}. Your sign-in email
        is {offer.email}.
      </Text>
      <AcceptForm
        offer={offer}
        accept={async (acceptance) => {
          const answer = await accept(acceptance, offer);
          if (answer && "pending_token" in answer) setPendingToken(answer.pending_token);
          else enter(answer);
        }}
      />
    </AuthLayout>
  );
}

function NotValid({ error }: { error: unknown }) {
  return (
    <AuthLayout title="This invitation isn’t valid">
      <Text c="dimmed">{explain(error)}</Text>
      <Text mt="md">
        It may have expired or been used. Ask the person who invited you for a new one, or{" "}
        <Anchor component={Link} to="/sign-in" underline="always">
          sign in
        </Anchor>{" "}
        if you have already accepted it.
      </Text>
    </AuthLayout>
  );
}

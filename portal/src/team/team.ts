import type { ReactNode } from "react";
import type { Role } from "../api/types";
import type { Column } from "../components/DataTable";
import type { Duty, TeamPerson } from "./members";

/** In what the team of a provider and SMP’s own differ. */
export type Team<R extends Role, P extends TeamPerson<R>, I extends OpenInvitation> = Membership<
  R,
  P
> &
  Inviting<I>;

/** What is told of a team’s people, and what can be done about each. */
export interface Membership<R extends Role, P extends TeamPerson<R>> {
  duties: readonly Duty<R>[];
  /** After name and roles. */
  columns: Column<P>[];
  /** What else can be done about anybody but the reader. */
  othersAction?: (person: P) => ReactNode;
  /** What it means to suspend a person. */
  suspension: (person: P) => string;
  removal: (person: P) => { title: string; message: string; done: string };
  setRoles: (person: P, roles: R[]) => Promise<unknown>;
  suspend: (person: P) => Promise<unknown>;
  resume: (person: P) => Promise<unknown>;
  remove: (person: P) => Promise<unknown>;
  /** Reads the team again. */
  reload: () => Promise<void>;
}

/** An invitation that can still be accepted. */
export interface OpenInvitation {
  id: string;
  email: string;
  created_at: string;
  expires_at: string;
}

/** What is told of a team’s open invitations, and what can be done about each. */
export interface Inviting<I extends OpenInvitation> {
  invitedAs: Column<I>;
  resend: (invitation: I) => Promise<unknown>;
  revoke: (invitation: I) => Promise<unknown>;
  /** Reads the team again. */
  reload: () => Promise<void>;
}

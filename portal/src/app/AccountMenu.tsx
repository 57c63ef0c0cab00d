import { Button, Menu, Text } from "@mantine/core";
import {
  IconBuildingStore,
  IconDevices,
  IconLogout,
  IconShieldLock,
  IconUserCircle,
} from "@tabler/icons-react";
import { Link, useNavigate } from "react-router";
import { securityPath } from "../account/FactorNotice";
import { $api, queryClient } from "../api/client";
import { notifyError } from "../components/notify";
import { useMe } from "./SignedIn";

export function AccountMenu() {
  const { account } = useMe();
  const navigate = useNavigate();
  const signOut = $api.useMutation("delete", "/session", {
    onSuccess: async () => {
      await navigate("/sign-in");
      queryClient.clear();
    },
    onError: notifyError,
  });
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          px={8}
          leftSection={<IconUserCircle size={20} aria-hidden />}
          aria-label="Account"
        >
          <Text span size="sm" visibleFrom="sm">
            {account.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="dimmed">{account.email}</Menu.Label>
        <Menu.Item
          component={Link}
          to="/account/sessions"
          leftSection={<IconDevices size={16} aria-hidden />}
        >
          Sessions
        </Menu.Item>
        <Menu.Item
          component={Link}
          to={securityPath}
          leftSection={<IconShieldLock size={16} aria-hidden />}
        >
          Security
        </Menu.Item>
        <Menu.Item component="a" href="/" leftSection={<IconBuildingStore size={16} aria-hidden />}>
          Go to the shop
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => signOut.mutate({})}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

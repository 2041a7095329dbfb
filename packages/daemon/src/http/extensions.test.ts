import { expect, it } from "vitest";
import { apiExtensions } from "./extensions.ts";

it("announces each extension once, by a name in the form that clients ask for", () => {
  expect(new Set(apiExtensions).size).toBe(apiExtensions.length);
  expect(apiExtensions.filter((name) => !/^(virtual-machines|[a-z][a-z0-9]*(_[a-z0-9]+)*)$/.test(name))).toEqual([]);
});

it("announces what LXD 5.0.2's client asks for before it uses what works here", () => {
  const asked =
    "instances virtual-machines container_full instance_get_full instance_all_projects instance_bulk_state_change api_filtering " +
    "network instance_nic_network network_state network_leases network_forward storage storage_api_volume_rename " +
    "storage_api_volume_snapshots storage_api_local_volume_handling storage_volume_state custom_volume_backup projects " +
    "project_usage resources console container_exec_user_group_cwd container_exec_recording file_delete file_append " +
    "file_symlinks directory_manipulation container_only_migration container_incremental_copy instance_pool_move snapshot_expiry " +
    "snapshot_expiry_creation container_backup container_backup_override_pool backup_override_name container_edit_metadata " +
    "image_create_aliases image_force_refresh certificate_token certificate_update metrics warnings";
  expect(asked.split(" ").filter((name) => !apiExtensions.includes(name))).toEqual([]);
});

it("announces nothing of what does not work", () => {
  const missing = "clustering console_vga_type network_acl network_peer network_dns storage_buckets";
  expect(missing.split(" ").filter((name) => apiExtensions.includes(name))).toEqual([]);
});

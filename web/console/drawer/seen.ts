/** Whether photos and signatures are shown to a role; the server refuses them to the others. */
export function seesPhotos(role: string | undefined): boolean {
  return role !== undefined && role !== "observer" && role !== "manager";
}

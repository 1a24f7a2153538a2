import type { RangeResponse, Source } from "pmtiles";

/** The map of the area as one file on the phone, fetched in pieces. */
export interface PackInfo {
  url: string;
  bytes: number;
  etag: string;
}
const PIECE = 4 * 1024 * 1024;
export const MOST_BYTES = 60 * 1024 * 1024;
const FOLDER = "map";

export const piecesOf = (bytes: number): number => Math.ceil(bytes / PIECE);
export const lengthOf = (bytes: number, piece: number): number => Math.min(PIECE, bytes - piece * PIECE);
const nameOf = (info: PackInfo): string => info.etag.replace(/[^A-Za-z0-9]/g, "") || "pack";

/** Which parts of which pieces hold a range of the file: `[piece, from, to)`, in their order. */
export function within(offset: number, length: number): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let at = offset; at < offset + length; ) {
    const piece = Math.floor(at / PIECE);
    const to = Math.min(offset + length, (piece + 1) * PIECE);
    found.push([piece, at - piece * PIECE, to - piece * PIECE]);
    at = to;
  }
  return found;
}

async function folder(create = true): Promise<FileSystemDirectoryHandle | null> {
  const root = await navigator.storage?.getDirectory?.().catch(() => null);
  return (await root?.getDirectoryHandle(FOLDER, { create }).catch(() => null)) ?? null;
}

/** The bytes of a piece that is whole; null where it is not there or was cut off. */
async function piece(from: FileSystemDirectoryHandle, info: PackInfo, at: number): Promise<File | null> {
  const file = await from.getFileHandle(`${nameOf(info)}-${at}`).then((handle) => handle.getFile()).catch(() => null);
  return file?.size === lengthOf(info.bytes, at) ? file : null;
}

/** How many bytes of the pack are on this phone. */
export async function there(info: PackInfo): Promise<number> {
  const place = await folder(false);
  if (!place) return 0;
  let sum = 0;
  for (let at = 0; at < piecesOf(info.bytes); at++) sum += (await piece(place, info, at))?.size ?? 0;
  return sum;
}

/**
 * Fetch what is missing, piece after piece, straight to the disk: a piece that was cut off is fetched again, the others
 * stay. `told` hears how many bytes are there. False where it could not be finished now, or the phone has no room.
 */
export async function fetchPack(info: PackInfo, signal: AbortSignal, told: (bytes: number) => void): Promise<boolean> {
  const place = await folder();
  if (!place || info.bytes > MOST_BYTES) return false;
  await forgetOthers(place, info);
  for (let at = 0; at < piecesOf(info.bytes); at++) {
    if (!(await piece(place, info, at)) && !(await fetchPiece(place, info, at, signal))) return false;
    told(Math.min(info.bytes, (at + 1) * PIECE));
  }
  return true;
}

async function fetchPiece(place: FileSystemDirectoryHandle, info: PackInfo, at: number, signal: AbortSignal): Promise<boolean> {
  const name = `${nameOf(info)}-${at}`;
  try {
    const last = at * PIECE + lengthOf(info.bytes, at) - 1;
    const answer = await fetch(info.url, { headers: { Range: `bytes=${at * PIECE}-${last}`, "If-Range": info.etag }, signal, cache: "no-store" });
    // 200 would be the whole file: another map than the one that was begun, or a portal's page.
    if (answer.status !== 206 || !answer.body) return false;
    const writing = await (await place.getFileHandle(name, { create: true })).createWritable();
    await answer.body.pipeTo(writing, { signal });
    return (await piece(place, info, at)) !== null;
  } catch {
    await place.removeEntry(name).catch(() => undefined);
    return false;
  }
}

async function forgetOthers(place: FileSystemDirectoryHandle, info: PackInfo): Promise<void> {
  for await (const name of (place as unknown as { keys(): AsyncIterable<string> }).keys()) {
    if (!name.startsWith(`${nameOf(info)}-`)) await place.removeEntry(name).catch(() => undefined);
  }
}

/** Reads the pack from its pieces; only what a tile needs is ever in memory. */
export class PackSource implements Source {
  constructor(readonly info: PackInfo) {}

  getKey(): string {
    return `pack-${nameOf(this.info)}`;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const place = await folder(false);
    if (!place) throw new Error("the map is not on this phone");
    const wanted = within(offset, Math.min(length, this.info.bytes - offset));
    const parts = await Promise.all(wanted.map(async ([at, from, to]) => {
      const file = await piece(place, this.info, at);
      if (!file) throw new Error("a piece of the map is missing");
      return file.slice(from, to).arrayBuffer();
    }));
    if (parts.length === 1) return { data: parts[0]! };
    return { data: await new Blob(parts).arrayBuffer() };
  }
}

import { strictly, type Store } from "../store/database";
import { uuid7 } from "../store/ids";
import { savePhoto } from "../store/room";
import type { PhotoKind, Point, StoredPhoto } from "../store/rows";
import { sha256 } from "./hash";
import { shrink } from "./shrink";

export interface TakenPhoto {
  id: string;
  /** An object URL for the page; free it with `URL.revokeObjectURL`. */
  thumbUrl: string;
  bytes: number;
}
export interface About {
  account: string;
  orderId: string;
  kind: PhotoKind;
  /** When and where it was taken, by this phone: never by what the camera wrote. */
  at: string;
  point?: Point | null;
  accuracy?: number | null;
}

/** Make a photo small and upright and keep its bytes with their hash. Raises `PhoneFull`, `NoPicture`. */
export async function keepPhoto(store: Store, file: Blob, about: About): Promise<TakenPhoto> {
  const made = await shrink(file);
  const data = await made.arrayBuffer();
  const photo: StoredPhoto = {
    id: uuid7(), account: about.account, orderId: about.orderId, actId: null, kind: about.kind, takenAt: about.at, point: about.point ?? null,
    accuracy: about.accuracy ?? null, size: data.byteLength, sha256: await sha256(data), type: made.type, state: "waiting", offset: 0, code: null, detail: null,
  };
  await savePhoto(store, () =>
    strictly(store, ["photos", "bytes"], async (tx) => {
      await tx.objectStore("bytes").put({ id: photo.id, data });
      await tx.objectStore("photos").put(photo);
    }));
  return { id: photo.id, thumbUrl: URL.createObjectURL(made), bytes: photo.size };
}

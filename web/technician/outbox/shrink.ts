const LONGEST = 1600;
const LARGEST = 400_000;

/** The file is no picture that this browser can read. */
export class NoPicture extends Error {}

/**
 * A picture as JPEG: upright, at most 1600 px long and 400 kB. Raises `NoPicture`.
 *
 * The camera's turn is applied while decoding, and nothing of what the camera wrote into the file is taken along.
 */
export async function shrink(file: Blob, longest: number = LONGEST): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error: unknown) => {
    throw new NoPicture("unreadable picture", { cause: error });
  });
  try {
    let scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    for (;;) {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const pen = canvas.getContext("2d");
      if (!pen) throw new NoPicture("no canvas");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      for (const quality of [0.8, 0.65, 0.5]) {
        const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
        if (!made) throw new NoPicture("no picture made");
        if (made.size <= LARGEST) return made;
      }
      scale *= 0.75;
    }
  } finally {
    picture.close();
  }
}

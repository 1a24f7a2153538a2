import wasmUrl from "zxing-wasm/reader/zxing_reader.wasm?url";

/** Codes that stand on terminals, set-top boxes and drums of cable. */
const FORMATS = ["code_128", "code_39", "ean_13", "qr_code", "data_matrix", "itf"] as const;
interface NativeDetector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
interface NativeDetectorClass {
  new (options: { formats: string[] }): NativeDetector;
  getSupportedFormats(): Promise<string[]>;
}
/** Looks for a code in a picture; null where there is none. */
export type Look = (frame: HTMLCanvasElement) => Promise<string | null>;

/** The browser's own detector where it has one, else ZXing from our own host. */
export async function detector(): Promise<Look> {
  const Native = (globalThis as { BarcodeDetector?: NativeDetectorClass }).BarcodeDetector;
  // Phones without Google's services have the class and support nothing.
  const known = (await Native?.getSupportedFormats().catch(() => [])) ?? [];
  const formats = FORMATS.filter((format) => known.includes(format));
  if (Native && formats.includes("code_128")) {
    const native = new Native({ formats });
    return async (frame) => (await native.detect(frame))[0]?.rawValue ?? null;
  }
  const { prepareZXingModule, readBarcodes } = await import("zxing-wasm/reader");
  await prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true });
  return async (frame) => {
    const pixels = frame.getContext("2d", { willReadFrequently: true })!.getImageData(0, 0, frame.width, frame.height);
    const found = await readBarcodes(pixels, { tryHarder: true, maxNumberOfSymbols: 1, formats: ["Code128", "Code39", "EAN13", "QRCode", "DataMatrix", "ITF"] });
    return found.find((one) => one.isValid)?.text ?? null;
  };
}

import { sentence } from "../shared/client";
import { toast } from "../shared/toast.svelte";

/** One act at a time: whether one is under way, and why the last one was refused. */
class Acting {
  busy = $state(false);
  problem = $state("");

  /** Do something; true where it was done, and then `done` is said. */
  async run(what: () => Promise<unknown>, done: string): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = "";
    try {
      await what();
      toast.say(done);
      return true;
    } catch (error) {
      this.problem = sentence(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
  clear(): void {
    this.problem = "";
  }
}

export const acting = new Acting();

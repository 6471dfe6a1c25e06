"""Train cld-fashion on a CPU against the clock; resumes from its last checkpoint.

    python train.py --ccp DIR --single DIR --garments garments.npz \
        --imagenet efficientnet-lite0.pth --out DIR --minutes 90
"""

import argparse
import copy
import math
import queue
import random
import threading
import time
from pathlib import Path

import numpy as np
import torch

import data
from augment import Composer
from infer import predict
from loss import detection_loss
from metrics import average_precision
from network import Detector, decode, grid, normalise
from pseudo import label_tagged, mark_bystanders

# share of the time budget from which it holds: long side, short side, batch, strength
STAGES = ((0.0, 288, 224, 16, 1.0), (0.25, 384, 288, 16, 1.0), (0.52, 448, 320, 14, 0.8), (0.86, 448, 320, 14, 0.3))
SMALL = (320, 256, 16, 0.6)  # one batch in three: mostly single garments
RELABEL = (0.30, 0.60)  # when photos without boxes get (new) guessed boxes


def stage(progress):
    return [s for s in STAGES if s[0] <= progress][-1][1:]


def stream(pools, progress, seed):
    """Endless batches, composed ahead in a thread; `progress` is a list with one number."""
    composer = Composer(*pools, np.random.default_rng(seed))
    ready, stop = queue.Queue(4), threading.Event()

    def work():
        try:
            compose()
        except BaseException as error:  # pass it on, or the training would wait for ever
            ready.put(error)

    def compose():
        while not stop.is_set():
            small = composer.rng.random() < 1 / 3
            long, short, batch, strength = SMALL if small else stage(progress[0])
            composer.lean(small)
            shape = composer.rng.choice(3, p=(0.78, 0.12, 0.10))
            side = round((long * short) ** 0.5 / 32) * 32
            height, width = ((long, short), (side, side), (short, long))[shape]
            canvases = [composer.picture(height, width, strength) for _ in range(batch)]
            images = torch.from_numpy(np.stack([c.image for c in canvases])).permute(0, 3, 1, 2)
            ready.put(
                (
                    images,
                    [
                        {
                            "boxes": torch.tensor(np.array(c.boxes), dtype=torch.float32).reshape(-1, 4),
                            "labels": torch.tensor(c.labels, dtype=torch.long),
                            "weak": torch.tensor(c.weak, dtype=torch.bool),
                            "ignore": torch.tensor(np.array(c.ignore), dtype=torch.float32).reshape(-1, 4),
                            "unknown": sorted(int(u) for u in c.unknown),
                            # few boxes in a picture count for more, or single garments would hardly matter
                            "factor": float(np.clip(8 / max(1, len(c.boxes)), 1, 4)),
                        }
                        for c in canvases
                    ],
                )
            )

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        while not ready.empty():
            ready.get_nowait()


def groups(model):
    """Backbone slower than the rest; no weight decay on vectors."""
    out = []
    for slow in (True, False):
        for flat in (True, False):
            rows = [
                p
                for n, p in model.named_parameters()
                if p.requires_grad and n.startswith("backbone") == slow and (p.ndim < 2) == flat
            ]
            out.append({"params": rows, "weight_decay": 0.0 if flat else 0.05, "top": 4e-4 if slow else 1.5e-3})
    return out


def set_rates(optimiser, step, done):
    """Warm-up, then a cosine over the time budget."""
    factor = min(1, (step + 1) / 250) * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))
    for group in optimiser.param_groups:
        group["lr"] = group["top"] * factor


def blend(ema, model, step):
    decay = min(0.998, (1 + step) / (20 + step))
    with torch.no_grad():
        for a, b in zip(ema.state_dict().values(), model.state_dict().values(), strict=True):
            if a.dtype.is_floating_point:
                a.lerp_(b, 1 - decay)
            else:
                a.copy_(b)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("ccp", "single", "garments", "imagenet", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def show(model, check):
    """A line with the average precision on the calibration photos."""
    ap = average_precision(predict(model, [p.image for p in check]), check)
    many = [a for a, n in ap.values() if n >= 5]
    rows = " ".join(f"{name} {a:.2f}({n})" for name, (a, n) in ap.items())
    print(f"  check AP50 {np.mean(many):.3f} {rows}", flush=True)


def main():
    args = options()
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(args.threads)
    data.cv2.setNumThreads(1)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    ccp = data.load_ccp(args.ccp, splits=("train", "calibration"))
    worn, check = ccp["train"], ccp["calibration"]
    tagged = data.load_tagged(args.ccp)
    single = data.load_single(args.single, args.garments, "train")
    print(f"worn {len(worn)} check {len(check)} tagged {len(tagged)} single {len(single)}", flush=True)

    model = Detector(len(data.CLASSES))
    model.backbone.load_imagenet(args.imagenet)
    model = model.to(memory_format=torch.channels_last)
    ema = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(groups(model), lr=1e-3)
    step, spent, guessed = 0, 0.0, []
    last = out / "last.pt"
    if last.exists():
        saved = torch.load(last, map_location="cpu")
        model.load_state_dict(saved["model"])
        ema.load_state_dict(saved["ema"])
        optimiser.load_state_dict(saved["optimiser"])
        step, spent = saved["step"], saved["spent"]
        print(f"resumed at step {step}, {spent / 60:.1f} min", flush=True)

    budget = args.minutes * 60
    progress = [spent / budget]
    due = [r for r in RELABEL if r > spent / budget]
    if len(due) < len(RELABEL):
        worn, _ = mark_bystanders(ema, worn)
        guessed = label_tagged(ema, tagged)
    batches = stream((worn, guessed, single), progress, args.seed + step)
    clock, minute, sums = time.time(), spent // 60, []

    def save(path, full=True):
        state = {"ema": ema.state_dict(), "classes": data.CLASSES, "step": step, "spent": spent}
        if full:
            state |= {"model": model.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save(state, str(path) + ".part")
        Path(str(path) + ".part").replace(path)

    while spent < budget:
        images, batch = next(batches)
        set_rates(optimiser, step, spent / budget)
        model.train()
        points, strides = grid(*images.shape[2:])
        x = normalise(images).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits, sides = model(x)
        logits, sides = logits.float(), sides.float()
        parts = detection_loss(logits, sides, decode(sides, points, strides), points, strides, batch)
        optimiser.zero_grad(set_to_none=True)
        sum(parts).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        step += 1
        blend(ema, model, step)
        sums.append([p.item() for p in parts])
        spent += time.time() - clock
        clock = time.time()
        progress[0] = spent / budget
        if spent // 60 > minute:
            minute = spent // 60
            mean = np.mean(sums, 0)
            print(
                f"{time.strftime('%H:%M')} {minute:.0f}/{args.minutes:.0f} min step {step} "
                f"({len(sums)}/min) input {x.shape[2]}x{x.shape[3]} loss {mean.sum():.3f} "
                f"score {mean[0]:.3f} box {mean[1]:.3f} bins {mean[2]:.3f}",
                flush=True,
            )
            sums = []
            if minute % 3 == 0:
                save(last)
            if minute % 10 == 0:
                save(out / f"ema-{minute:03.0f}.pt", full=False)
                show(ema, check)
        if due and spent / budget >= due[0]:
            due.pop(0)
            batches.close()
            worn, count = mark_bystanders(ema, worn)
            guessed = label_tagged(ema, tagged)
            print(
                f"  relabelled: {count} ignore regions, {len(guessed)} tagged photos with "
                f"{sum(len(p.boxes) for p in guessed)} boxes",
                flush=True,
            )
            batches = stream((worn, guessed, single), progress, args.seed + step)
    save(last)
    save(out / "final.pt", full=False)
    print("done", flush=True)


if __name__ == "__main__":
    main()

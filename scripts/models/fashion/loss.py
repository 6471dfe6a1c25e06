"""Task-aligned assignment of boxes to predictions, and the losses."""

import torch
import torch.nn.functional as F

from network import BINS

TOP = 9  # predictions per box
WEAK = 0.3  # weight of the box loss where the box is a guess


def iou_matrix(a, b):
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    area_a = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(-1)
    area_b = (b[:, 2:] - b[:, :2]).clamp(min=0).prod(-1)
    return inter / (area_a[:, None] + area_b[None] - inter + 1e-6)


def giou(a, b):
    inter = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(-1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1) + 1e-6
    union = (a[:, 2:] - a[:, :2]).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1) - inter + 1e-6
    return inter / union - (hull - union) / hull


def inside(points, boxes, least=0.0):
    """[boxes, points] true where a point lies in a box at least 2*least wide and high."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, ((boxes[:, 2:] - boxes[:, :2]) / 2).clamp(min=least)
    return ((points[None] - centre[:, None]).abs() <= half[:, None]).all(-1)


@torch.no_grad()
def assign(prob, boxes, points, truth, labels):
    """-> index of the box for each prediction (-1: none), and its target score."""
    count = prob.shape[0]
    owner = torch.full((count,), -1, dtype=torch.long)
    target = torch.zeros(count)
    if len(truth) == 0:
        return owner, target
    iou = iou_matrix(truth, boxes)
    centre, size = (truth[:, :2] + truth[:, 2:]) / 2, (truth[:, 2:] - truth[:, :2]).clamp(min=1)
    near = torch.exp(-(((points[None] - centre[:, None]) / size[:, None]) ** 2).sum(-1) * 4)
    metric = prob[:, labels].T * iou**4 + 1e-6 * near
    metric = torch.where(inside(points, truth, 6.0), metric, torch.zeros(()))
    value, index = metric.topk(min(TOP, count), dim=1)
    chosen = torch.zeros_like(metric, dtype=torch.bool).scatter_(1, index, value > 0)
    clash = chosen.sum(0) > 1
    if clash.any():
        best = torch.where(chosen, iou, torch.full((), -1.0)).argmax(0)
        only = F.one_hot(best, len(truth)).T.bool()
        chosen = torch.where(clash[None], only & chosen, chosen)
    positive = chosen.any(0)
    owner[positive] = chosen[:, positive].float().argmax(0)
    metric = metric * chosen
    peak = metric.amax(1, keepdim=True).clamp(min=1e-12)
    quality = (metric / peak * (iou * chosen).amax(1, keepdim=True)).amax(0)
    target[positive] = quality[positive].clamp(min=0.05)
    return owner, target


def detection_loss(logits, sides, boxes, points, strides, batch):
    """Quality focal loss + GIoU + distribution loss; logits, sides and boxes in float32."""
    score_sum = box_sum = bin_sum = 0.0
    total = 0.0
    prob = logits.detach().sigmoid()
    for i, picture in enumerate(batch):
        truth, labels, weak = picture["boxes"], picture["labels"], picture["weak"]
        owner, target = assign(prob[i], boxes[i].detach(), points, truth, labels)
        hit = owner >= 0
        wanted = torch.zeros_like(prob[i])
        matter = torch.ones_like(prob[i])
        if len(picture["ignore"]):
            matter[inside(points, picture["ignore"]).any(0)] = 0
        if len(picture["unknown"]):
            matter[:, picture["unknown"]] = 0
        if hit.any():
            mine = labels[owner[hit]]
            wanted[hit, mine] = target[hit]
            rows = hit.nonzero()[:, 0]
            matter[rows, mine] = 1
            weight = picture["factor"] * target[hit] * torch.where(weak[owner[hit]], WEAK, 1.0)
            true = truth[owner[hit]]
            box_sum = box_sum + ((1 - giou(boxes[i][hit], true)) * weight).sum()
            spot, stride = points[hit], strides[hit][:, None]
            away = torch.cat((spot - true[:, :2], true[:, 2:] - spot), 1) / stride
            away = away.clamp(0, BINS - 1.01)
            left = away.floor().long()
            log = F.log_softmax(sides[i][hit], -1)
            part = -(
                log.gather(-1, left[..., None])[..., 0] * (left + 1 - away)
                + log.gather(-1, left[..., None] + 1)[..., 0] * (away - left)
            )
            bin_sum = bin_sum + (part.mean(1) * weight).sum()
        focus = (wanted - prob[i]).abs() ** 2 * matter * picture["factor"]
        score_sum = score_sum + (F.binary_cross_entropy_with_logits(logits[i], wanted, reduction="none") * focus).sum()
        total += float(target.sum()) * picture["factor"]
    total = max(total, 1.0)
    return score_sum / total, 2.0 * box_sum / total, 0.5 * bin_sum / total

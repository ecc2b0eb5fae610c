#!/usr/bin/env python3
"""An external evaluator for `assay accuracy --external` and for searches.

    assay accuracy --network resnet20 --bits 4 --external scripts/examples/external_evaluator.py

It speaks the protocol of docs/evaluator.md: one JSON object per line, questions on the standard
input, answers on the standard output, whatever people should read on the standard error. Only the
class Model has to be changed: put a network of your own there, on your own machine's accelerator.
As it stands it has no network at all and makes accuracies up from the widths, which is enough to try
a search out.
"""

import json
import math
import sys

PROTOCOL = 1


class Model:
    """The network that is evaluated. Replace this class by yours.

    With PyTorch: build the network and load its weights in __init__ (layer["name"] is what policies
    call a layer), quantise copies of the weights and the inputs of the named layers in evaluate, and
    count how many images of the split it gets right. Leave the network as it was: candidates must
    not see each other.
    """

    name = "made-up accuracies"

    def __init__(self, greeting):
        # Layers that a policy speaks of, with the MACs and weights of each.
        self.layers = [layer for layer in greeting["layers"] if layer.get("policy")]
        self.images = greeting["images"] or 500
        self.macs = sum(layer["macs"] for layer in self.layers) or 1

    def evaluate(self, policy, split):
        """top1 (0 .. 1) and loss of the network under `policy`: {layer name: its entry}."""
        harm = 0.0
        for layer in self.layers:
            entry = policy.get(layer["name"], {})
            noise = 4.0 ** -entry.get("w_bits", 16) + 4.0 ** -entry.get("a_bits", 16)
            noise += 0.1 * (1 - entry.get("w_density", 1)) ** 4
            harm += noise * layer["macs"] / self.macs
        top1 = 0.9 * math.exp(-10 * harm) + 0.1 * (1 - math.exp(-10 * harm))
        return {"top1": top1, "loss": -math.log(top1), "images": self.images}


def layers_of(policy):
    """Every layer's entry; None (no policy) is the network as it is."""
    if policy is None:
        return {}
    # Policies that arrive here name every layer; "default" is for files that people write.
    return policy.get("layers", {})


def answer(model, question):
    reply = {"id": question["id"]}
    try:
        reply.update(model.evaluate(layers_of(question.get("policy")), question["split"]))
    except Exception as error:  # told to whoever asked; the next question may be answered
        return {"id": question["id"], "error": f"{type(error).__name__}: {error}"}
    return reply


def say(message):
    # One line, and at once: whoever asks waits for it.
    print(json.dumps(message, allow_nan=False), flush=True)


def main():
    greeting = json.loads(sys.stdin.readline())
    if greeting.get("protocol") != PROTOCOL:
        say({"error": f"this evaluator speaks protocol {PROTOCOL}"})
        return 1
    model = Model(greeting)
    say({"protocol": PROTOCOL, "ready": True, "name": model.name})
    for line in sys.stdin:  # ends when the other side closes it
        say(answer(model, json.loads(line)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A step of training as a CUDA graph."""

from collections.abc import Callable, Mapping, Sequence

import torch

WARM_UP = 3  # calls before the capture: libraries choose and allocate at the first


class Graph:
    """A function of tensors on a GPU, captured once and replayed: a step of ResNet-18 is about 400
    kernels, and launching them one by one takes longer than running them.

    function: launches the same kernels for all values of its inputs, and returns one tensor. state:
    the tensors that it changes; the capture does not change them.
    """

    def __init__(
        self,
        function: Callable[..., torch.Tensor],
        inputs: Sequence[torch.Tensor],
        state: Mapping[str, torch.Tensor],
    ) -> None:
        self.inputs = [tensor.clone() for tensor in inputs]
        before = {name: value.clone() for name, value in state.items()}
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                function(*self.inputs)
        torch.cuda.current_stream().wait_stream(stream)
        with torch.no_grad():
            for name, value in state.items():
                value.copy_(before[name])
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):  # records the kernels, runs none
            self.output = function(*self.inputs)

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        """The function's value, in memory that the next call overwrites."""
        for held, given in zip(self.inputs, inputs, strict=True):
            held.copy_(given)
        self.graph.replay()
        return self.output

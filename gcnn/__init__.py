"""Group-equivariant convolutional networks for patches: layers, networks, training, evaluation."""

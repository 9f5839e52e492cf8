"""The embedded image set: ten shapes, drawn from a seed in seconds.

Every image shows one shape of random place, size, proportion, rotation and colour over a smooth
random background with two short bars as distractors and noise. Only operations that IEEE 754
rounds exactly are used (``+ - * /``, square root, minimum, maximum, floor, comparison) on float64
and on NumPy's frozen ``RandomState`` stream, so the bytes are the same on every machine: no sine,
no exponential, no sum over an axis, no normal deviate.
"""

import numpy as np

SIDE = 32
CLASS_NAMES = (
    "disk",
    "hexagon",
    "square",
    "triangle",
    "plus",
    "star",
    "ring",
    "crescent",
    "two discs",
    "frame",
)
BLOCK = 100  # images drawn at once; part of the definition, for it orders the random stream

SMALLEST, LARGEST = 6.5, 12.0  # half the size of a shape, pixels
LEAST_CONTRAST, MOST_CONTRAST = 0.35, 0.9
NOISE = 0.05
CLUTTER = 0.20
DISTRACTORS = 2
JITTER = 4.0  # largest distance of a shape from the middle, pixels
WOBBLE = 0.35  # largest change of its height against its width

ROOT_3_BY_2 = 0.8660254037844386
TRIANGLE = ((0.0, -1.0), (ROOT_3_BY_2, 0.5), (-ROOT_3_BY_2, 0.5))


def draw_images(count, seed):
    """Draw labelled images.

    Args:
        count: Number of images, a multiple of 10; every class has the same number.
        seed: Seed of the set.

    Returns:
        Images, ``(count, 32, 32, 3)`` uint8, and labels, ``(count,)`` uint8, indices into
        `CLASS_NAMES`, shuffled.

    Raises:
        ValueError: ``count`` is no positive multiple of 10.

    Examples:
        >>> images, labels = draw_images(20, seed=0)
        >>> images.shape, images.dtype, np.bincount(labels).tolist()
        ((20, 32, 32, 3), dtype('uint8'), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
        >>> int(images.sum(dtype=np.int64)), labels[:5].tolist()
        (7312097, [8, 1, 9, 8, 0])
    """
    if count <= 0 or count % len(CLASS_NAMES):
        raise ValueError(f"draw_images: found count = {count}, expected a positive multiple of 10")
    random = np.random.RandomState(seed)  # frozen by NumPy's compatibility policy
    labels = random.permutation(np.arange(count) % len(CLASS_NAMES))
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for start in range(0, count, BLOCK):
        images[start : start + BLOCK] = _draw_block(random, labels[start : start + BLOCK])
    return images, labels.astype(np.uint8)


def _draw_block(random, labels):
    count = len(labels)
    background = _draw_background(random, count)
    for _ in range(DISTRACTORS):
        background = _draw_bar(random, background)
    coverage = _draw_shapes(random, labels)
    contrast = LEAST_CONTRAST + (MOST_CONTRAST - LEAST_CONTRAST) * random.random_sample(count)
    direction = random.random_sample((count, 3)) * 2 - 1
    squares = direction * direction
    length = np.sqrt(squares[:, :1] + squares[:, 1:2] + squares[:, 2:] + 1e-9)
    shift = (contrast[:, None] * (direction / length))[:, :, None, None]
    foreground = background + shift + _draw_smooth(random, count, 4, CLUTTER * 0.25)
    image = background * (1 - coverage) + foreground * coverage
    uniform = [random.random_sample(image.shape) for _ in range(4)]
    # The sum of four uniform deviates: nearly normal, its standard deviation 1 / sqrt(3).
    image = image + NOISE * (uniform[0] + uniform[1] + uniform[2] + uniform[3] - 2) * 1.7320508
    return np.floor(np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def _draw_background(random, count):
    level = random.random_sample((count, 3, 1, 1)) * 0.6 + 0.2
    coarse = _draw_smooth(random, count, 4, CLUTTER * 0.6)
    return level + coarse + _draw_smooth(random, count, 8, CLUTTER * 0.4)


def _draw_smooth(random, count, cells, amplitude):
    """Draw noise on a grid of ``cells + 1`` points per side and interpolate it bilinearly."""
    grid = (random.random_sample((count, 3, cells + 1, cells + 1)) * 2 - 1) * amplitude
    position = np.arange(SIDE) * (cells / SIDE)
    cell = np.floor(position).astype(int)
    fraction = position - cell
    along = fraction[None, None, :, None]
    rows = grid[:, :, cell] * (1 - along) + grid[:, :, cell + 1] * along
    return rows[:, :, :, cell] * (1 - fraction) + rows[:, :, :, cell + 1] * fraction


def _draw_bar(random, background):
    """Paint a short bar of a random colour over each image."""
    count = len(background)
    rotation = _draw_rotation(random, count)
    x, y = _place(random, count, 14, rotation)
    half_length = _spread(1 + random.random_sample(count) * 6)
    half_width = _spread(0.5 + random.random_sample(count) * 2)
    distance = _box(x, y, half_length, half_width)
    coverage = np.clip(0.5 - distance, 0, 1)[:, None] * 0.8
    return background * (1 - coverage) + random.random_sample((count, 3, 1, 1)) * coverage


def _draw_shapes(random, labels):
    """Return how much of each pixel the shape covers, ``(n, 1, 32, 32)``."""
    count = len(labels)
    rotation = _draw_rotation(random, count)
    size = SMALLEST + (LARGEST - SMALLEST) * random.random_sample(count)
    aspect = 1 + WOBBLE * (random.random_sample(count) * 2 - 1)
    x, y = _place(random, count, JITTER, rotation)
    x, y = x / _spread(size), y / _spread(size * aspect)
    distance = np.empty((count, SIDE, SIDE))
    for label, measure in enumerate(SHAPES):
        chosen = np.flatnonzero(labels == label)
        distance[chosen] = measure(x[chosen], y[chosen])
    return np.clip(0.5 - distance * _spread(size), 0, 1)[:, None]


def _draw_rotation(random, count):
    """Draw cosines and sines by the rational parametrization of the circle, then quarter turns."""
    t = random.random_sample(count) * 2 - 1
    quarters = random.randint(0, 4, count)
    cosine, sine = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    for turn in range(3):
        turned = quarters > turn
        cosine, sine = np.where(turned, -sine, cosine), np.where(turned, cosine, sine)
    return cosine, sine


def _place(random, count, reach, rotation):
    """Return the pixels' coordinates about a random centre, in a rotated frame."""
    cosine, sine = _spread(rotation[0]), _spread(rotation[1])
    grid_x, grid_y = np.meshgrid(np.arange(SIDE) - 15.5, np.arange(SIDE) - 15.5)
    x = grid_x[None] - _spread((random.random_sample(count) * 2 - 1) * reach)
    y = grid_y[None] - _spread((random.random_sample(count) * 2 - 1) * reach)
    return cosine * x + sine * y, cosine * y - sine * x


def _spread(values):
    return values[:, None, None]


def _length(x, y):
    return np.sqrt(x * x + y * y)


def _box(x, y, half_width, half_height):
    dx, dy = np.abs(x) - half_width, np.abs(y) - half_height
    return _length(np.maximum(dx, 0), np.maximum(dy, 0)) + np.minimum(np.maximum(dx, dy), 0)


def _triangle(x, y, radius):
    sides = [x * normal_x + y * normal_y for normal_x, normal_y in TRIANGLE]
    return np.maximum(np.maximum(sides[0], sides[1]), sides[2]) - radius


def _hexagon(x, y, radius):
    sides = [np.abs(x * a + y * b) for a, b in ((1.0, 0.0), (0.5, ROOT_3_BY_2), (-0.5, ROOT_3_BY_2))]
    return np.maximum(np.maximum(sides[0], sides[1]), sides[2]) - radius


# Signed distances (negative inside) of shapes of about unit size, in the order of CLASS_NAMES.
SHAPES = (
    lambda x, y: _length(x, y) - 0.86,
    lambda x, y: _hexagon(x, y, 0.80),
    lambda x, y: _box(x, y, 0.76, 0.76),
    lambda x, y: _triangle(x, y, 0.56),
    lambda x, y: np.minimum(_box(x, y, 0.95, 0.30), _box(x, y, 0.30, 0.95)),
    lambda x, y: np.minimum(_triangle(x, y, 0.45), _triangle(x, -y, 0.45)),
    lambda x, y: np.maximum(_length(x, y) - 0.92, 0.50 - _length(x, y)),
    lambda x, y: np.maximum(_length(x, y) - 0.92, 0.72 - _length(x - 0.42, y)),
    lambda x, y: np.minimum(_length(x - 0.52, y) - 0.45, _length(x + 0.52, y) - 0.45),
    lambda x, y: np.maximum(_box(x, y, 0.82, 0.82), -_box(x, y, 0.42, 0.42)),
)

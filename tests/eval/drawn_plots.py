"""What is on a plot."""

from nerode.extraction.curve import Size

SIZES = [Size(1, 0.5, 0.01), Size(2, 0.2, 0.05), Size(3, 0.01, 0.02), Size(4, 0.0, 0.0)]
UNIT = "held-out error (share of words)"


def drawn(figure):
    """Draws the figure, so that everything that could go wrong does; the axes of the data."""
    figure._repr_mimebundle_()["image/svg+xml"]
    return figure.axes[0]


def legend(figure):
    return {text.get_text() for text in figure.legends[0].get_texts()}


def ticks(axis):
    low, high = sorted(axis.get_view_interval())
    return [label.get_text() for label in axis.get_ticklabels() if low <= label.get_position()[axis.axis_name == "y"] <= high]


def curve_of(axes):
    """Points of the line that joins the sizes."""
    (line,) = [line for line in axes.lines if line.get_marker() == "o" and line.get_linestyle() == "-" and line.get_linewidth()]
    return line.get_xdata().tolist(), line.get_ydata().tolist()

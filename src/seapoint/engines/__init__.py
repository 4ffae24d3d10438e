"""What holds targets and reports what it holds: each engine observes, transacts and watches."""

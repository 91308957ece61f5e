"""The tag by which the gallery page finds every component's samples."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from lms import components_samples
from lms.templatetags import ui

register = template.Library()


@register.simple_tag
def component_samples() -> list[tuple[str, list[dict[str, Any]]]]:
    """``(name, samples)`` of every component, in the order of the sample file."""
    return list(components_samples.with_icons().items())


@register.simple_tag(takes_context=True)
def component_sample(context: Context, name: str, sample: dict[str, Any]) -> SafeString:
    """One component, rendered with one sample."""
    return ui.render_component(context, name, sample)

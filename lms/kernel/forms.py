"""Forms that show a service's refusal where it belongs."""

from __future__ import annotations

from django import forms

from lms.kernel.errors import InvalidError


class RefusableForm(forms.Form):
    """A form that shows a service's refusal at its fields and keeps what was typed (表单)."""

    required_css_class = "is-required"

    def take(self, error: InvalidError) -> None:
        """Show a refusal where it belongs: at its fields, else above the form."""
        if not error.fields:
            self.add_error(None, error.message)
        for name, sentence in error.fields.items():
            self.add_error(name if name in self.fields else None, sentence)

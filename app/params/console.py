"""The tables of the console's own calls."""

from app.params.kinds import P, Params, Text


class SignInParams(Params):
    """`POST session`: an API key with its secret, or the console's password."""

    api_key: Text = P("The API key.")
    api_secret: Text = P("Its secret.")
    password: Text = P("The console's password, which opens all clouds.")
    cloud: Text = P("The cloud to look at: the key's own, or the installation's first one, unless told.")

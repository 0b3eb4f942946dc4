"""What can be wrong when routes are changed."""

from powerautomation.kernel.errors import Conflict, NotFound


class RouteNotFound(NotFound):
    """The organization has no such route."""

    code = "routes.not_found"


class RouteNameTaken(Conflict):
    """Another route has the name."""

    code = "routes.name_taken"


class TooManyRoutes(Conflict):
    """The organization has as many routes as it may have."""

    code = "routes.too_many"


class RouteOrderStale(Conflict):
    """The order names other routes than there are: somebody else changed them meanwhile."""

    code = "routes.order_stale"
